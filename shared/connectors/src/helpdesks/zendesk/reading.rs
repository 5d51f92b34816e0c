//! Reading: agents' replies, tickets, what changed, and whether the credential works.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use deskbridge_core::Moment;
use deskbridge_core::command::is_command;
use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::file::FileRef;
use deskbridge_core::model::{AgentReply, Attachment};
use deskbridge_core::text;
use serde_json::Value;

use super::Zendesk;
use super::api::{Talk, ended};
use super::errors::Failure;
use super::wire::{Comment, Comments, File, Ticket, TicketAnswer, Tickets, User, UserAnswer, Users, id_rank};
use crate::http::Exchange;
use crate::{Next, Query, Reading, Replies, Session, TicketFacts, Trouble};

/// Comments are read 100 at a time, newest first, until the cursor is met.
const COMMENT_PAGES: usize = 10;

/// Changed tickets come 1,000 at a time; Zendesk documents that ten such calls a minute are allowed.
const CHANGED_PAGES: usize = 5;

type Answer = Result<Reading, Trouble>;

pub(super) fn read(
    zendesk: &Zendesk,
    query: &Query,
    session: &Session,
    exchanges: &[Exchange],
) -> Next<Answer> {
    let mut talk = Talk::new(&zendesk.api, session, exchanges);
    ended(match query {
        Query::Replies { ticket, after } => replies(zendesk, ticket, after.as_deref(), &mut talk),
        Query::Ticket { ticket } => one_ticket(zendesk, ticket, &mut talk),
        Query::Agent { id } => agent(id, &mut talk),
        Query::Changed { since } => changed(zendesk, *since, &mut talk),
        Query::File { attachment, .. } => super::files::find(zendesk, attachment, &mut talk),
        Query::Health => health(&mut talk),
        Query::Context { .. } | Query::Owner { .. } | Query::Missed { .. } => {
            Ok(Err(no(Reason::Invalid, "a helpdesk cannot tell this")))
        }
    })
}

fn no(reason: Reason, code: &str) -> Trouble {
    Trouble::Refused(Refusal::new(reason, code))
}

fn give_up(failure: &Failure) -> Next<Answer> {
    Next::Settled(Err(failure.trouble()))
}

/// The same, where a missing record is the ticket itself.
fn give_up_on_ticket(failure: &Failure) -> Next<Answer> {
    if failure.is_missing() {
        return Next::Settled(Err(no(Reason::TicketDeleted, "404 RecordNotFound")));
    }
    give_up(failure)
}

fn replies(
    zendesk: &Zendesk,
    ticket: &str,
    after: Option<&str>,
    talk: &mut Talk<'_>,
) -> Result<Answer, Next<Answer>> {
    let after = after.filter(|cursor| !cursor.is_empty());
    let (comments, mut users) = comments_since(ticket, after, talk)?;
    let newest = comments.iter().max_by(|one, other| one.order().cmp(&other.order()));
    let newest = newest.map(|comment| comment.id.0.clone()).or_else(|| after.map(str::to_owned));
    let mut fresh = after_cursor(comments, after);
    fresh.sort_by(|one, other| one.order().cmp(&other.order()));
    fresh.retain(|comment| may_be_mirrored(zendesk, comment));
    introduce(&fresh, &mut users, talk)?;
    let replies = fresh.into_iter().filter_map(|comment| reply(comment, &users)).collect();
    Ok(Ok(Reading::Replies(Replies { replies, newest, status: None })))
}

type People = BTreeMap<String, User>;

/// Newest first, up to the page that holds the cursor.
fn comments_since(
    ticket: &str,
    after: Option<&str>,
    talk: &mut Talk<'_>,
) -> Result<(Vec<Comment>, People), Next<Answer>> {
    let (mut comments, mut users) = (Vec::new(), People::new());
    let mut cursor: Option<String> = None;
    for _ in 0..COMMENT_PAGES {
        let mut query = vec![
            ("sort", "-created_at"),
            ("page[size]", "100"),
            ("include", "users"),
            ("include_inline_images", "true"),
        ];
        query.extend(cursor.as_deref().map(|cursor| ("page[after]", cursor)));
        let page = talk
            .get::<Comments, _>(&["tickets", ticket, "comments"], &query)?
            .map_err(|failure| give_up_on_ticket(&failure))?;
        let met = after.is_some_and(|after| page.comments.iter().any(|comment| comment.id.0 == after));
        comments.extend(page.comments);
        know(&mut users, page.users);
        cursor = page.meta.next();
        if met || cursor.is_none() {
            break;
        }
    }
    Ok((comments, users))
}

fn know(users: &mut People, more: Vec<User>) {
    users.extend(more.into_iter().filter_map(|user| Some((user.id.clone()?.0, user))));
}

/// What comes after the cursor by time and id: comments of the same second may be listed in any order. A cursor that is no
/// longer there (its comment vanished) still tells by its number what is newer.
fn after_cursor(comments: Vec<Comment>, after: Option<&str>) -> Vec<Comment> {
    let Some(after) = after else { return comments };
    let Some(cursor) = comments.iter().position(|comment| comment.id.0 == after) else {
        return comments.into_iter().filter(|comment| id_rank(&comment.id.0) > id_rank(after)).collect();
    };
    let newer: Vec<bool> = comments
        .iter()
        .map(|comment| comment.order().cmp(&comments[cursor].order()) == Ordering::Greater)
        .collect();
    comments.into_iter().zip(newer).filter_map(|(comment, newer)| newer.then_some(comment)).collect()
}

/// Whether a comment is for the bridge: public and written by a person, as far as the comment itself tells, or a command in
/// a private note. Merges announce themselves in comments that only make sense to agents; they never go out.
fn may_be_mirrored(zendesk: &Zendesk, comment: &Comment) -> bool {
    let written = comment.kind.as_deref().is_none_or(|kind| kind == "Comment");
    let merge = comment.relation() == "merge";
    let by_person = !is_automatic(comment);
    let meant = match comment.public {
        true => by_person || zendesk.settings.mirror_automations,
        false => by_person && is_command(&html(comment)),
    };
    written && !merge && meant
}

/// The comment as HTML; Zendesk may tell plain text only.
fn html(comment: &Comment) -> String {
    let html = comment.html_body.clone().filter(|html| !html.is_empty());
    html.unwrap_or_else(|| format!("<p>{}</p>", escape(&comment.body)))
}

fn is_automatic(comment: &Comment) -> bool {
    comment.via.channel == "rule" || comment.relation() == "problem"
}

/// Learns who wrote the comments, should the list of users that came with them be incomplete.
fn introduce(comments: &[Comment], users: &mut People, talk: &mut Talk<'_>) -> Result<(), Next<Answer>> {
    let unknown = |comment: &&Comment| !is_automatic(comment) && !users.contains_key(&comment.author_id.0);
    let mut ids: Vec<&str> =
        comments.iter().filter(unknown).map(|comment| comment.author_id.0.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(100);
    if ids.is_empty() {
        return Ok(());
    }
    let query = [("ids", ids.join(","))];
    let query = query.each_ref().map(|(name, ids)| (*name, ids.as_str()));
    let found = talk.get::<Users, _>(&["users", "show_many"], &query)?;
    know(users, found.map_err(|failure| give_up(&failure))?.users);
    Ok(())
}

/// The comment as a reply, unless a customer wrote it. Only a comment made by a rule may do without a known author.
fn reply(comment: Comment, users: &People) -> Option<AgentReply> {
    let author = users.get(&comment.author_id.0);
    let automatic = is_automatic(&comment);
    if !author.map_or(automatic, User::is_staff) {
        return None;
    }
    let html = html(&comment);
    let shown = text::images(&html);
    Some(AgentReply {
        html,
        private: !comment.public,
        comment: comment.id.0,
        // What a rule wrote, nobody signs.
        agent: author.filter(|_| !automatic).and_then(|author| author.name.clone()),
        agent_id: None,
        earlier: None,
        target: None,
        attachments: comment
            .attachments
            .into_iter()
            .filter(|file| file.is_meant(&shown))
            .map(attachment)
            .collect(),
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>")
}

/// A file of an agent. What Zendesk found to be malware keeps its name and loses its link.
fn attachment(file: File) -> Attachment {
    let kind = match file.content_type.split('/').next() {
        Some("image") => "photo",
        Some("video") => "video",
        Some("audio") => "audio",
        _ => "file",
    };
    let dangerous = file.malware_scan_result.as_deref() == Some("malware_found");
    let url = file.content_url.filter(|_| !dangerous);
    let content_type = Some(file.content_type).filter(|content_type| !content_type.is_empty());
    let by = url.clone().map(|by| FileRef { bytes: file.size, content_type, ..FileRef::by(by) });
    Attachment { kind: kind.to_owned(), url, title: file.file_name, file: by }
}

fn agent(id: &str, talk: &mut Talk<'_>) -> Result<Answer, Next<Answer>> {
    let name = match talk.get::<UserAnswer, _>(&["users", id], &[])? {
        Ok(answer) => answer.user.name,
        Err(failure) if failure.is_missing() => None,
        Err(failure) => return Err(give_up(&failure)),
    };
    Ok(Ok(Reading::Agent(name)))
}

fn one_ticket(zendesk: &Zendesk, ticket: &str, talk: &mut Talk<'_>) -> Result<Answer, Next<Answer>> {
    let answer = talk.get::<TicketAnswer, _>(&["tickets", ticket], &[])?;
    let ticket = answer.map_err(|failure| give_up_on_ticket(&failure))?.ticket;
    if ticket.is_deleted() {
        return Ok(Err(no(Reason::TicketDeleted, "deleted")));
    }
    let unknown = || no(Reason::Invalid, "a status that is not known");
    Ok(facts(zendesk, &ticket).map(Reading::Ticket).ok_or_else(unknown))
}

/// What a ticket says of itself; `None` for a deleted one.
pub(super) fn facts(zendesk: &Zendesk, ticket: &Ticket) -> Option<TicketFacts> {
    let by_field = || {
        let id = zendesk.settings.conversation_field?;
        ticket.custom_fields.iter().find(|field| field.id == id)?.value.as_str().map(str::to_owned)
    };
    let by_id = ticket.external_id.as_ref().map(|id| id.0.clone()).filter(|id| is_ours(id));
    let conversation = by_id.or_else(|| by_field().filter(|id| is_ours(id)));
    Some(TicketFacts {
        ticket: ticket.id.0.clone(),
        conversation,
        status: ticket.status()?,
        tags: ticket.tags.clone(),
    })
}

/// Whether an external id looks like a conversation key, not like a number of some other system.
pub(super) fn is_ours(external_id: &str) -> bool {
    external_id.contains(':')
}

fn changed(zendesk: &Zendesk, since: Moment, talk: &mut Talk<'_>) -> Result<Answer, Next<Answer>> {
    let mut tickets = BTreeMap::new();
    let start = since.seconds().max(0).to_string();
    let mut cursor: Option<String> = None;
    for _ in 0..CHANGED_PAGES {
        let from = cursor.as_deref().map_or(("start_time", start.as_str()), |cursor| ("cursor", cursor));
        let page = match talk.get::<Tickets, _>(&["incremental", "tickets", "cursor"], &[from])? {
            Ok(page) => page,
            // The last minute cannot be read yet, which is refused as a wrong start time.
            Err(Failure::Said(problem)) if problem.status == 422 && cursor.is_none() => break,
            Err(failure) => return Err(give_up(&failure)),
        };
        let ours = page.tickets.iter().filter_map(|ticket| facts(zendesk, ticket));
        tickets.extend(
            ours.filter(|facts| facts.conversation.is_some()).map(|facts| (facts.ticket.clone(), facts)),
        );
        cursor = page.after_cursor.filter(|_| !page.end_of_stream);
        if cursor.is_none() {
            break;
        }
    }
    Ok(Ok(Reading::Tickets(tickets.into_values().collect())))
}

/// Zendesk answers an unauthenticated `users/me` with an anonymous user, and gives out tokens for scopes that do not exist:
/// so both who we are and one of the calls that matter are tried.
fn health(talk: &mut Talk<'_>) -> Result<Answer, Next<Answer>> {
    let answer = talk.get::<UserAnswer, _>(&["users", "me"], &[])?;
    let me = answer.map_err(|failure| give_up(&failure))?.user;
    let Some(id) = me.id.as_ref().filter(|id| !id.0.is_empty()) else {
        return Ok(Err(no(Reason::Token, "anonymous")));
    };
    if !me.is_staff() {
        return Ok(Err(no(Reason::Permission, "the credential's user is not an agent")));
    }
    let name = me.name.clone().unwrap_or_else(|| id.0.clone());
    talk.get::<Value, _>(&["tickets", "count"], &[])?.map_err(|failure| give_up(&failure))?;
    Ok(Ok(Reading::Healthy(name)))
}
