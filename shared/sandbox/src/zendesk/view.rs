//! Tickets, comments and audits as the API shows them.

use serde_json::{Value, json};

use super::Zendesk;
use super::call::stamp;
use super::ticket::{Audit, Comment, Ticket};

impl Zendesk {
    /// The address of something under `/api/v2/`.
    pub(super) fn url(&self, path: &str) -> String {
        let mut url = self.seed.base_url.clone();
        url.set_path(&format!("/api/v2/{path}"));
        url.into()
    }

    pub(super) fn ticket_view(&self, ticket: &Ticket) -> Value {
        let fields: Vec<_> = self
            .seed
            .fields
            .iter()
            .map(|field| json!({"id": field.id, "value": ticket.fields.get(&field.id)}))
            .collect();
        let incidents = ticket.kind.as_deref() == Some("problem")
            && self.tickets.values().any(|other| other.problem == Some(ticket.id));
        let description = ticket.comments.first().map(|comment| comment.rendered.body.as_str());
        json!({
            "url": self.url(&format!("tickets/{}.json", ticket.id)),
            "id": ticket.id,
            "external_id": ticket.external_id,
            "via": ticket.via.view(),
            "created_at": stamp(ticket.created),
            "updated_at": stamp(ticket.updated),
            "generated_timestamp": ticket.updated.div_euclid(1_000),
            "type": ticket.kind,
            "subject": ticket.subject,
            "raw_subject": ticket.subject,
            "description": description,
            "priority": ticket.priority,
            "status": if ticket.deleted.is_some() { "deleted" } else { ticket.status.name() },
            "recipient": null,
            "requester_id": ticket.requester,
            "submitter_id": ticket.submitter,
            "assignee_id": ticket.assignee,
            "organization_id": null,
            "group_id": ticket.group,
            "collaborator_ids": [],
            "follower_ids": [],
            "email_cc_ids": [],
            "forum_topic_id": null,
            "problem_id": ticket.problem,
            "has_incidents": incidents,
            "is_public": ticket.is_public(),
            "due_at": null,
            "tags": ticket.tags,
            "custom_fields": fields,
            "fields": fields,
            "satisfaction_rating": null,
            "sharing_agreement_ids": [],
            "custom_status_id": null,
            "encoded_id": null,
            "followup_ids": ticket.followups,
            "brand_id": ticket.brand,
            "ticket_form_id": ticket.form,
            "allow_channelback": false,
            "allow_attachments": true,
            "from_messaging_channel": false,
        })
    }

    pub(super) fn comment_view(&self, comment: &Comment) -> Value {
        let attachments: Vec<_> = comment.attachments.iter().map(|file| self.attachment_view(file)).collect();
        json!({
            "id": comment.id,
            "type": "Comment",
            "author_id": comment.author,
            "body": comment.rendered.body,
            "html_body": comment.rendered.html,
            "plain_body": comment.rendered.plain,
            "public": comment.public,
            "attachments": attachments,
            "audit_id": comment.audit_id,
            "via": comment.via.view(),
            "created_at": stamp(comment.at),
            "metadata": comment.metadata,
        })
    }

    /// An audit; the event of its comment carries the comment's id.
    pub(super) fn audit_view(&self, ticket: &Ticket, audit: &Audit) -> Value {
        let comment = audit.comment.and_then(|id| ticket.comment(id)).map(|comment| {
            let mut event = self.comment_view(comment);
            if let Some(event) = event.as_object_mut() {
                event.retain(|name, _| !matches!(name.as_str(), "via" | "created_at" | "metadata"));
            }
            event
        });
        let events: Vec<_> = comment.into_iter().chain(audit.events.iter().cloned()).collect();
        json!({
            "id": audit.id,
            "ticket_id": ticket.id,
            "author_id": audit.author,
            "created_at": stamp(audit.at),
            "via": audit.via.view(),
            "metadata": audit.metadata,
            "events": events,
        })
    }
}
