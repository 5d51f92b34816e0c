//! The files of an effect: looked at before its intent is recorded, so that what cannot be carried over is told at once, and
//! nothing else waits for it.

use std::time::Duration;

use deskbridge_connectors::{Query, Reading, Trouble};
use deskbridge_core::conversation::{OpenEffect, ReplyPiece, Task};
use deskbridge_core::effect::{Change, Effect, Outcome, Reason, Refusal, ReplyForm};
use deskbridge_core::file::{self, FILES_MAX, FileRule, RemoteFile, Wanted};
use deskbridge_core::model::{Message, Place, Surface, What};
use deskbridge_core::notes::FileTrouble;
use deskbridge_core::{cause_of, ledger};

use super::converse::Stop;
use super::effects::Ledger;
use super::{Caller, REQUEST_DEADLINE, backoff};
use crate::directory::Account;
use crate::ports::World;

/// What is to be done with an effect after a look at its files.
pub(crate) enum Files {
    /// It can be made with these; none, if it is not about files.
    Ready(Vec<RemoteFile>),
    /// It was put off, changed or dropped: go on with what is open now.
    GoOn,
}

/// What a look at one file told.
enum Looked {
    There(RemoteFile),
    Not(FileTrouble, String),
    Later(Duration),
    /// The account's credential is dead.
    Ill(Refusal),
}

impl<W: World> Ledger<'_, W> {
    /// Looks at the files that an effect needs.
    pub(crate) async fn files_of(&mut self, open: &OpenEffect) -> Result<Files, Stop> {
        match &open.task {
            Task::CopyFiles(left_out) => self.copied(open, *left_out).await,
            Task::PostReply(piece @ ReplyPiece { file: Some(at), .. }) => {
                let privately = self.conversation.goes_privately(open.id);
                self.sent(piece, *at, privately).await
            }
            _ => Ok(Files::Ready(Vec::new())),
        }
    }

    /// The files of a customer's message.
    async fn copied(&mut self, open: &OpenEffect, left_out: u32) -> Result<Files, Stop> {
        let Some((message, surface)) = self.message_of(open) else {
            ledger::lose_files(self.talk.key, &mut self.conversation);
            self.dirty = true;
            return Ok(Files::GoOn);
        };
        let policy = &self.talk.policy.files;
        let wanted = file::wanted(policy, &self.conversation, &message, left_out);
        if wanted.is_empty() {
            ledger::nothing_to_copy(&mut self.conversation);
            self.dirty = true;
            return Ok(Files::GoOn);
        }
        let (mut there, mut not, mut room) = (Vec::new(), Vec::new(), policy.bytes_of_all_max);
        for one in &wanted {
            if there.len() == FILES_MAX {
                not.push((one.at, FileTrouble::TooMany, String::new()));
                continue;
            }
            match self.look(self.talk.platform, surface, &message.id, one.at, one).await {
                Looked::There(file) => {
                    match self.talk.policy.files.takes(&file).and_then(|()| fits(&file, &mut room)) {
                        Ok(()) => there.push(file),
                        Err(trouble) => not.push((one.at, trouble, String::new())),
                    }
                }
                Looked::Not(trouble, code) => not.push((one.at, trouble, code)),
                Looked::Later(wait) => return self.put_off(self.talk.platform, wait).await,
                Looked::Ill(refusal) => return self.wait_for(self.talk.platform, &refusal).await,
            }
        }
        let Some((_, trouble, code)) = not.first().cloned() else { return Ok(Files::Ready(there)) };
        let alike = not.iter().filter(|(_, other, _)| *other == trouble);
        let places = alike.fold(0, |places, (at, _, _)| places | 1 << at);
        let all = wanted.iter().all(|one| places & (1 << one.at) != 0);
        ledger::leave_out(self.talk.key, &mut self.conversation, places, (trouble, &code), all);
        self.dirty = true;
        Ok(Files::GoOn)
    }

    /// A file of an agent; `privately`: one that goes into the direct messages that followed a private reply.
    async fn sent(&mut self, piece: &ReplyPiece, at: u32, privately: bool) -> Result<Files, Stop> {
        let reply = self.events.iter().find_map(|event| match &event.what {
            What::Reply(reply) if reply.comment == piece.comment => Some(reply.source()),
            _ => None,
        });
        let attachment = reply.and_then(|reply| reply.attachments.get(usize::try_from(at).ok()?)).cloned();
        let Some(attachment) = attachment else { return self.hold_back(FileTrouble::Gone, "") };
        let (surface, policy) = match privately {
            true => (Surface::Direct, self.talk.policy.private()),
            false => (self.talk.thread.surface, &self.talk.policy),
        };
        let sent = policy.files.sent;
        let wanted = Wanted { at, attachment: &attachment };
        match self.look(self.talk.helpdesk, surface, &piece.comment, at, &wanted).await {
            Looked::There(file) => match FileRule::check(sent, &file.content_type, file.bytes) {
                Ok(()) => Ok(Files::Ready(vec![file])),
                Err(trouble) => self.hold_back(trouble, &file.content_type),
            },
            Looked::Not(trouble, code) => self.hold_back(trouble, &code),
            Looked::Later(wait) => self.put_off(self.talk.helpdesk, wait).await,
            Looked::Ill(refusal) => self.wait_for(self.talk.helpdesk, &refusal).await,
        }
    }

    fn hold_back(&mut self, trouble: FileTrouble, code: &str) -> Result<Files, Stop> {
        ledger::hold_file_back(self.talk.key, &mut self.conversation, trouble, code);
        self.dirty = true;
        Ok(Files::GoOn)
    }

    fn message_of(&self, open: &OpenEffect) -> Option<(Message, Surface)> {
        let event = self.events.iter().find(|event| open.causes.contains(&cause_of(event)))?;
        match &event.what {
            What::Message(message) => {
                let privately = matches!(event.place, Place::Privately { .. });
                let surface = if privately { Surface::Direct } else { self.talk.thread.surface };
                Some((message.clone(), surface))
            }
            _ => None,
        }
    }

    async fn look(
        &self,
        account: &Account,
        surface: Surface,
        message: &str,
        at: u32,
        wanted: &Wanted<'_>,
    ) -> Looked {
        let now = self.talk.now();
        if let Some(wait) = self.talk.bridge.resting(&account.name, now) {
            return Looked::Later(wait);
        }
        if self.talk.until.is_some_and(|until| now.plus(REQUEST_DEADLINE * 2) > until) {
            // The next process looks again.
            return Looked::Later(Duration::from_secs(1));
        }
        let (message, attachment) = (message.to_owned(), wanted.attachment.clone());
        let query = Query::File { surface, message, at, attachment };
        match (Caller { bridge: self.talk.bridge, account }).read(&query).await.result {
            Ok(Reading::File(file)) => Looked::There(*file),
            Ok(_) => Looked::Not(FileTrouble::Gone, String::new()),
            Err(Trouble::RetryAfter(wait)) => Looked::Later(wait),
            Err(Trouble::Refused(refusal)) => match refusal.reason {
                Reason::Token => Looked::Ill(refusal),
                Reason::Content => Looked::Not(FileTrouble::Type, refusal.code),
                _ => Looked::Not(FileTrouble::Gone, refusal.code),
            },
        }
    }

    /// The file is not to be had now. That is an attempt like others, so that it ends some time.
    async fn put_off(&mut self, account: &Account, wait: Duration) -> Result<Files, Stop> {
        ledger::begin(&mut self.conversation, self.talk.now());
        self.settle(account, &Outcome::RetryAfter(wait)).await?;
        Ok(Files::GoOn)
    }

    async fn wait_for(&mut self, account: &Account, refusal: &Refusal) -> Result<Files, Stop> {
        let wait = self.talk.bridge.fell_ill(&account.name, refusal, self.talk.now());
        self.let_pass_or_stop(wait, crate::bridge::remedy(&account.name, refusal)).await?;
        Ok(Files::GoOn)
    }

    /// The first open effect has to wait: others go first if it copies files, otherwise all stop.
    pub(crate) async fn let_pass_or_stop(&mut self, wait: Duration, why: String) -> Result<(), Stop> {
        if ledger::let_others_pass(&mut self.conversation) {
            self.dirty = true;
            return Ok(());
        }
        self.save_if_dirty().await?;
        Err(Stop::again(backoff(self.talk.key.as_str(), self.talk.receives(), wait), why))
    }
}

/// Whether a file fits into what is left of the room for all of them.
fn fits(file: &RemoteFile, room: &mut u64) -> Result<(), FileTrouble> {
    let bytes = file.bytes.unwrap_or_default();
    *room = room.checked_sub(bytes).ok_or(FileTrouble::TooLarge)?;
    Ok(())
}

/// The effect with its files.
pub(crate) fn carrying(mut effect: Effect, mut files: Vec<RemoteFile>) -> Effect {
    match &mut effect.change {
        Change::AttachFiles(new) => new.files = files,
        Change::PostReply(reply) => {
            if let ReplyForm::File(slot) = &mut reply.form {
                *slot = files.pop().map(Box::new);
            }
        }
        _ => {}
    }
    effect
}
