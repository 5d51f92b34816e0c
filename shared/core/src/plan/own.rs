//! What was published in our own name: the proof of a reply, a colleague's answer, and how far a message got.

use super::{Planner, Verdict, reply_published};
use crate::conversation::{ReplyPiece, Task};
use crate::effect::EffectId;
use crate::model::{Fate, OwnMessage, Report};
use crate::notes::{Cause, Notice};
use crate::ring::Seen;
use crate::text;

impl Planner<'_> {
    pub(super) fn own(&mut self, own: &OwnMessage, cause: u64) -> Verdict {
        if self.next.recent.contains_hash(cause) {
            return Verdict::Echo;
        }
        let handle = own.handle.as_deref().and_then(EffectId::parse);
        let fingerprint = text::fingerprint(&own.text);
        let proven = self.prove(cause, |id, piece| match handle {
            Some(handle) => id == handle,
            None => !own.text.is_empty() && piece.fingerprint == fingerprint,
        });
        self.remember(Seen::Own(&own.id));
        // A handle of ours that nothing waits for: sent from another conversation (a private reply), or settled long ago.
        if proven || handle.is_some() {
            return Verdict::Echo;
        }
        // A colleague answered in the platform's own app.
        self.note_if_ticket(cause)
    }

    /// Something that we published came back: settles the reply that it proves, if there was a doubt.
    fn prove(&mut self, cause: u64, is_it: impl Fn(EffectId, &ReplyPiece) -> bool) -> bool {
        if let Some(at) = self.next.unconfirmed.iter().position(|one| is_it(one.id, &one.piece)) {
            let piece = self.next.unconfirmed.remove(at).piece;
            self.notify(Notice::Confirmed { piece: piece.piece, of: piece.of }, &piece.comment, cause);
            return true;
        }
        let sent = self.next.open.iter().position(|effect| {
            effect.attempt > 0 && matches!(&effect.task, Task::PostReply(piece) if is_it(effect.id, piece))
        });
        let Some(at) = sent else { return false };
        let effect = self.next.open.remove(at);
        reply_published(&mut self.next, &effect);
        true
    }

    /// How far one of our messages got. The state never moves backwards: what reached the customer cannot fail any more.
    pub(super) fn report(&mut self, report: &Report, cause: u64) -> Verdict {
        let Some(handle) = report.handle.as_deref().and_then(EffectId::parse) else {
            return Verdict::Ignored;
        };
        let message = report.message.as_str();
        if self.next.recent.contains_hash(cause) {
            return Verdict::Duplicate;
        }
        let delivered = Seen::Delivered(message);
        if let Fate::Failed { cause: why, code } = &report.fate {
            if self.next.recent.contains(delivered) {
                return Verdict::Ignored;
            }
            return self.failed(message, handle, *why, code, cause);
        }
        let proven = self.prove(cause, |id, _| id == handle);
        let arrived = report.fate != Fate::Sent && !self.next.recent.contains(delivered);
        if proven {
            self.remember(Seen::Own(message));
        }
        if arrived {
            self.remember(delivered);
        }
        if proven {
            Verdict::Echo
        } else if arrived {
            Verdict::Noted
        } else {
            Verdict::Ignored
        }
    }

    /// The platform took a reply, and it will not arrive. That also answers whether it was taken.
    fn failed(&mut self, message: &str, handle: EffectId, why: Cause, code: &str, cause: u64) -> Verdict {
        if !self.has_ticket() {
            return Verdict::Ignored;
        }
        self.next.unconfirmed.retain(|one| one.id != handle);
        let sent = self.next.open.iter().position(|effect| effect.id == handle && effect.attempt > 0);
        if let Some(at) = sent {
            let effect = self.next.open.remove(at);
            reply_published(&mut self.next, &effect);
        }
        self.remember(Seen::Own(message));
        self.next.recent.remember_hash(cause, self.now, self.policy.horizon);
        let (code, window_from) = (code.to_owned(), self.next.window_from);
        self.notify(Notice::Undelivered { cause: why, code, window_from }, message, cause);
        Verdict::Planned
    }
}
