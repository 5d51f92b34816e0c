//! Outgoing webhooks: waiting, retried, and given up.

use std::collections::BTreeMap;

use deskbridge_connectors::http::Request;

use super::limits::Meter;
use super::time::{DAY, MINUTE};
use crate::{Millis, Webhook};

/// Freshdesk documents one retry 5 minutes after the first failure, one 30 minutes after that, a last one an hour
/// later. uncertain: which answers count as failures; everything but 2xx does here.
const RETRIES: [Millis; 3] = [5 * MINUTE, 30 * MINUTE, 60 * MINUTE];

/// A webhook that the rate limit held back for this long is dropped.
const LONGEST_WAIT: Millis = DAY;

/// The webhooks of the account.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    next_id: u64,
    waiting: BTreeMap<u64, Waiting>,
    /// How many were given up; the real account's administrators get an e-mail.
    pub(super) dropped: u64,
}

#[derive(Debug)]
struct Waiting {
    request: Request,
    due: Millis,
    /// When the present attempt was first due.
    since: Millis,
    failures: usize,
    handed_out: bool,
}

impl Webhooks {
    /// Queues a request to leave at once.
    pub(super) fn push(&mut self, request: Request, now: Millis) {
        self.put(Waiting { request, due: now, since: now, failures: 0, handed_out: false });
    }

    fn put(&mut self, waiting: Waiting) {
        self.next_id += 1;
        self.waiting.insert(self.next_id, waiting);
    }

    /// How many have not been delivered yet.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Hands out what is due, as far as the account's rate limit allows.
    pub(super) fn due(&mut self, meter: &mut Meter, now: Millis) -> Vec<Webhook> {
        let mut ready: Vec<(Millis, u64)> = self
            .waiting
            .iter()
            .filter(|(_, one)| !one.handed_out && one.due <= now)
            .map(|(id, one)| (one.due, *id))
            .collect();
        ready.sort_unstable();
        let mut out = Vec::new();
        for (_, id) in ready {
            let Some(one) = self.waiting.get_mut(&id) else { continue };
            if now - one.since > LONGEST_WAIT {
                self.waiting.remove(&id);
                self.dropped += 1;
                continue;
            }
            match meter.webhook_leaves(now) {
                Ok(()) => {
                    one.handed_out = true;
                    out.push(Webhook { id, request: one.request.clone() });
                }
                Err(later) => one.due = later,
            }
        }
        out
    }

    /// Notes how an attempt ended; unknown ids and repeated reports are ignored.
    pub(super) fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        if !self.waiting.get(&id).is_some_and(|one| one.handed_out) {
            return;
        }
        let Some(one) = self.waiting.remove(&id) else { return };
        if status.is_some_and(|status| (200..300).contains(&status)) {
            return;
        }
        match RETRIES.get(one.failures) {
            Some(delay) => {
                let due = now + delay;
                self.put(Waiting { due, since: due, failures: one.failures + 1, handed_out: false, ..one });
            }
            None => self.dropped += 1,
        }
    }

    pub(super) fn next_due(&self) -> Option<Millis> {
        self.waiting.values().filter(|one| !one.handed_out).map(|one| one.due).min()
    }
}
