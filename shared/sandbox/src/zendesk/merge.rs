//! Merging tickets: the sources close and point to the target, which quotes them.

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

use super::Zendesk;
use super::call::{Actor, Call, Id, Via, id, text};
use super::change::NewComment;
use super::errors::{Answer, Problem};
use super::ticket::Status;

/// The tag that a merge leaves on the tickets it closes.
const CLOSED_BY_MERGE: &str = "closed_by_merge";

impl Zendesk {
    /// `POST /tickets/{target}/merge`. Answers with a job, which here is done at once.
    pub(super) fn merge(&mut self, call: &Call<'_>, target: Id) -> Answer {
        let ids = call.body.get("ids").and_then(Value::as_array).ok_or_else(|| Problem::missing("ids"))?;
        let sources: Vec<Id> = ids.iter().filter_map(id).collect();
        if sources.is_empty() || sources.contains(&target) {
            return Err(Problem::invalid(
                "ids",
                "Ids: a ticket cannot be merged into itself",
                "InvalidValue",
            ));
        }
        for id in sources.iter().chain([&target]) {
            if self.ticket(*id)?.status == Status::Closed {
                return Err(Problem::closed());
            }
        }
        let public = |name: &str| call.body.get(name).and_then(Value::as_bool).unwrap_or(false);
        let target_words = match text(&call.body, "target_comment") {
            Some(words) => words.to_owned(),
            None => self.target_words(&sources)?,
        };
        let subject = self.ticket(target)?.subject.clone();
        let source_words = text(&call.body, "source_comment").map_or_else(
            || format!("This request was closed and merged into request #{target} \"{subject}\"."),
            str::to_owned,
        );
        for source in &sources {
            let actor = merging(&call.actor, &json!({"ticket_id": target, "subject": subject}));
            self.add_words(*source, &source_words, public("source_comment_is_public"), true, &actor)?;
        }
        let actor = merging(&call.actor, &json!({"ticket_ids": sources}));
        self.add_words(target, &target_words, public("target_comment_is_public"), false, &actor)?;
        let job = format!("job{}", self.next_id());
        let job_status = json!({"id": job, "url": self.url(&format!("job_statuses/{job}.json")), "total": 1,
            "progress": 1, "status": "completed", "message": null, "results": [{"id": target, "success": true}]});
        self.jobs.insert(job, job_status.clone());
        Ok(Response::json(200, &json!({"job_status": job_status})))
    }

    pub(super) fn job_status(&self, job: &str) -> Answer {
        let status = self.jobs.get(job).ok_or_else(Problem::not_found)?;
        Ok(Response::json(200, &json!({"job_status": status})))
    }

    fn target_words(&self, sources: &[Id]) -> Result<String, Problem> {
        let [source] = sources else {
            let ids: Vec<_> = sources.iter().map(|id| format!("#{id}")).collect();
            return Ok(format!("Requests {} were closed and merged into this request.", ids.join(", ")));
        };
        let ticket = self.ticket(*source)?;
        let last = ticket.comments.last().map_or("", |comment| comment.rendered.body.as_str());
        Ok(format!(
            "Request #{source} \"{}\" was closed and merged into this request. Last comment in request #{source}:\
             \n\n{last}",
            ticket.subject
        ))
    }

    fn add_words(
        &mut self,
        ticket: Id,
        words: &str,
        public: bool,
        close: bool,
        actor: &Actor,
    ) -> Result<(), Problem> {
        let mut ticket = self.take(ticket)?;
        let before = ticket.tracked();
        if close {
            ticket.status = Status::Closed;
            ticket.tags.insert(CLOSED_BY_MERGE.to_owned());
        }
        let comment = NewComment::plain(words, public, actor.user, actor.via.clone());
        self.record(ticket, Some(&before), Some(comment), &Value::Null, actor);
        Ok(())
    }
}

fn merging(actor: &Actor, from: &Value) -> Actor {
    let via = Via { channel: actor.via.channel, from: from.clone(), rel: Some("merge") };
    Actor { via, ..actor.clone() }
}
