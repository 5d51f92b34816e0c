//! Tickets, comments and audits as the API shows them.

use deskbridge_connectors::http::Url;

use super::Zendesk;
use super::call::stamp;
use super::ticket::{Audit, Comment, Ticket};
use crate::shown::{NOTHING, NULL, Shown, shown};

impl Zendesk {
    /// The address of something under `/api/v2/`.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/api/v2/{path}", origin(&self.seed.base_url))
    }

    pub(super) fn ticket_view(&self, ticket: &Ticket) -> Shown {
        let fields: Vec<_> = self
            .seed
            .fields
            .iter()
            .map(|field| shown!({"id": field.id, "value": ticket.fields.get(&field.id)}))
            .collect();
        let incidents = ticket.kind.as_deref() == Some("problem")
            && self.tickets.values().any(|other| other.problem == Some(ticket.id));
        let description = ticket.comments.first().map(|comment| comment.rendered.body.as_str());
        shown!({
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
            "recipient": NULL,
            "requester_id": ticket.requester,
            "submitter_id": ticket.submitter,
            "assignee_id": ticket.assignee,
            "organization_id": NULL,
            "group_id": ticket.group,
            "collaborator_ids": NOTHING,
            "follower_ids": NOTHING,
            "email_cc_ids": NOTHING,
            "forum_topic_id": NULL,
            "problem_id": ticket.problem,
            "has_incidents": incidents,
            "is_public": ticket.is_public(),
            "due_at": NULL,
            "tags": ticket.tags,
            "custom_fields": fields,
            "fields": fields,
            "satisfaction_rating": NULL,
            "sharing_agreement_ids": NOTHING,
            "custom_status_id": NULL,
            "encoded_id": NULL,
            "followup_ids": ticket.followups,
            "brand_id": ticket.brand,
            "ticket_form_id": ticket.form,
            "allow_channelback": false,
            "allow_attachments": true,
            "from_messaging_channel": false,
        })
    }

    pub(super) fn comment_view(&self, comment: &Comment) -> Shown {
        self.comment_fields(comment)
            .with("via", &comment.via.view())
            .with("created_at", &stamp(comment.at))
            .with("metadata", &comment.metadata)
            .end()
    }

    /// What the comment itself and the event of its audit show.
    fn comment_fields(&self, comment: &Comment) -> Shown {
        let attachments: Vec<_> = comment.attachments.iter().map(|file| self.attachment_view(file)).collect();
        Shown::object()
            .with("id", &comment.id)
            .with("type", "Comment")
            .with("author_id", &comment.author)
            .with("body", &comment.rendered.body)
            .with("html_body", &comment.rendered.html)
            .with("plain_body", &comment.rendered.plain)
            .with("public", &comment.public)
            .with("attachments", &attachments)
            .with("audit_id", &comment.audit_id)
    }

    /// An audit; the event of its comment carries the comment's id.
    pub(super) fn audit_view(&self, ticket: &Ticket, audit: &Audit) -> Shown {
        let comment = audit.comment.and_then(|id| ticket.comment(id));
        let comment = comment.map(|comment| self.comment_fields(comment).end());
        let events: Vec<_> = comment.into_iter().chain(audit.events.iter().map(Shown::of)).collect();
        shown!({
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

/// The address without its path.
pub(super) fn origin(url: &Url) -> &str {
    url.as_str().strip_suffix(url.path()).unwrap_or_default()
}
