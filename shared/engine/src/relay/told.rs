//! Effects and outcomes in words, for logs and for people.

use deskbridge_core::conversation::{OpenEffect, Task};
use deskbridge_core::effect::{Outcome, Refusal};

use crate::directory::Account;

/// Why something is kept for a person.
pub(super) fn told(account: &Account, open: &OpenEffect, refusal: &Refusal) -> String {
    format!("{} refused {}: {}", account.name, told_of(&open.task), refusal.code)
}

/// An outcome in a word, and what it tells.
pub(super) fn describe(outcome: &Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Done(receipt) => ("done", receipt.id.clone()),
        Outcome::Refused(refusal) => ("refused", refusal.code.clone()),
        Outcome::RetryAfter(wait) => ("retry_after", format!("{} s", wait.as_secs())),
        Outcome::Unknown => ("unknown", String::new()),
    }
}

/// What a task is, for a person; a notice by its name.
pub(super) fn told_of(task: &Task) -> String {
    match task {
        Task::Notify(notice) => format!("{} ({})", task_name(task), notice.name()),
        _ => task_name(task).to_owned(),
    }
}

fn task_name(task: &Task) -> &'static str {
    match task {
        Task::CreateTicket => "create_ticket",
        Task::AppendComment => "append_comment",
        Task::NoteEvents | Task::Notify(_) => "add_note",
        Task::PostReply(_) => "post_reply",
        Task::Moderate(_) => "moderate",
        Task::Redact(_) => "redact",
        Task::ShowCard => "show_card",
        Task::LinkTicket(_) => "link_ticket",
        Task::Forward(_) => "forward",
        Task::CopyFiles(_) => "attach_files",
    }
}
