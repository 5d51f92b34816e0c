//! Rate and size limits of the account, counted in windows that start with their first call.

use std::collections::BTreeMap;

use deskbridge_connectors::http::Response;
use serde::Deserialize;

use super::errors::Problem;
use super::seed::Plan;
use crate::Millis;

const MINUTE: Millis = 60_000;
const TEN_MINUTES: Millis = 600_000;
/// So many that nobody meets it.
const OFF: u32 = 1_000_000_000;

/// The limits of an account. Read from JSON, a limit that is not named is off.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// All API calls of the account per minute.
    pub account_per_minute: u32,
    /// Ticket updates of the account per minute, agents' own included.
    pub updates_per_minute: u32,
    /// Updates of one ticket by one user in ten minutes.
    pub updates_per_ticket: u32,
    /// Ticket deletions per minute.
    pub deletes_per_minute: u32,
    /// Calls of the incremental exports per minute.
    pub exports_per_minute: u32,
    /// Comments that one ticket can hold.
    pub comments_per_ticket: usize,
    /// Webhook attempts within five minutes below which the circuit breaker does not judge the share of errors.
    /// Uncertain: Zendesk documents the share but no minimum.
    pub breaker_minimum: usize,
}

impl Limits {
    /// No rate limits; what Zendesk enforces on every ticket and webhook stays.
    #[must_use]
    pub fn off() -> Self {
        Self {
            account_per_minute: OFF,
            updates_per_minute: OFF,
            updates_per_ticket: OFF,
            deletes_per_minute: OFF,
            exports_per_minute: OFF,
            comments_per_ticket: 5_000,
            breaker_minimum: 20,
        }
    }

    /// The limits that Zendesk documents for a plan.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        let (account, updates, exports) = match plan {
            Plan::Team => (200, 100, 10),
            Plan::Professional => (400, 100, 10),
            Plan::Enterprise => (700, 100, 10),
            Plan::EnterprisePlus => (2_500, 300, 30),
        };
        Self {
            account_per_minute: account,
            updates_per_minute: updates,
            updates_per_ticket: 30,
            deletes_per_minute: 400,
            exports_per_minute: exports,
            ..Self::off()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::off()
    }
}

/// What is left of a limit.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    limit: u32,
    remaining: u32,
    resets_s: i64,
}

/// Counts calls against the limits.
#[derive(Default)]
pub(super) struct Limiter {
    windows: BTreeMap<String, (Millis, u32)>,
}

impl Limiter {
    pub(super) fn account(&mut self, limits: &Limits, now: Millis) -> Result<(), Problem> {
        self.take("account", limits.account_per_minute, MINUTE, now)
    }

    /// A refused update counts against nothing, as far as Zendesk tells.
    pub(super) fn update(
        &mut self,
        limits: &Limits,
        user: i64,
        ticket: i64,
        now: Millis,
    ) -> Result<(), Problem> {
        let own = format!("update {user} {ticket}");
        let account = self.budget("updates", limits.updates_per_minute, MINUTE, now);
        if account.remaining == 0 {
            return Err(Problem::throttled(account.resets_s));
        }
        self.take(&own, limits.updates_per_ticket, TEN_MINUTES, now)?;
        self.take("updates", limits.updates_per_minute, MINUTE, now)
    }

    pub(super) fn delete(&mut self, limits: &Limits, now: Millis) -> Result<(), Problem> {
        self.take("deletes", limits.deletes_per_minute, MINUTE, now)
    }

    pub(super) fn export(&mut self, limits: &Limits, now: Millis) -> Result<(), Problem> {
        self.take("exports", limits.exports_per_minute, MINUTE, now)
    }

    /// The headers that tell a client what is left.
    pub(super) fn label(&self, response: Response, limits: &Limits, update: bool, now: Millis) -> Response {
        let account = self.budget("account", limits.account_per_minute, MINUTE, now);
        let (limit, remaining) = (account.limit.to_string(), account.remaining.to_string());
        let response = response
            .header("x-rate-limit", &limit)
            .header("x-rate-limit-remaining", &remaining)
            .header("ratelimit-limit", &limit)
            .header("ratelimit-remaining", &remaining)
            .header("ratelimit-reset", &account.resets_s.to_string());
        if !update {
            return response;
        }
        let Budget { limit, remaining, resets_s } =
            self.budget("updates", limits.updates_per_minute, MINUTE, now);
        let value = format!("total={limit}; remaining={remaining}; resets={resets_s}");
        response.header("zendesk-ratelimit-tickets-update", &value)
    }

    fn budget(&self, key: &str, limit: u32, length: Millis, now: Millis) -> Budget {
        let (start, used) =
            self.windows.get(key).copied().filter(|(start, _)| now < start + length).unwrap_or((now, 0));
        let resets_s = (start + length - now + 999) / 1_000;
        Budget { limit, remaining: limit.saturating_sub(used), resets_s }
    }

    fn take(&mut self, key: &str, limit: u32, length: Millis, now: Millis) -> Result<(), Problem> {
        if self.windows.len() > 10_000 {
            self.windows.retain(|_, (start, _)| now < *start + TEN_MINUTES);
        }
        let budget = self.budget(key, limit, length, now);
        if budget.remaining == 0 {
            return Err(Problem::throttled(budget.resets_s));
        }
        let window = self.windows.entry(key.to_owned()).or_insert((now, 0));
        if now >= window.0 + length {
            *window = (now, 0);
        }
        window.1 += 1;
        Ok(())
    }
}
