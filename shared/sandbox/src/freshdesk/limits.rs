//! The account's rate limit: one budget per minute for everything, smaller ones for four kinds of calls.

use deskbridge_connectors::http::Response;
use serde::Deserialize;

use super::errors::Refusal;
use super::time::{HOUR, MINUTE};
use crate::Millis;

/// Calls per minute that the account may make, all agents, apps and webhooks together. The constants are the table
/// that Freshdesk published in March 2024 (uncertain: the plans changed since).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// All calls.
    pub total: u32,
    /// `POST /tickets`.
    pub create: u32,
    /// `PUT /tickets/{id}`.
    pub update: u32,
    /// `GET /tickets`.
    pub list: u32,
    /// `GET /contacts`.
    pub contacts_list: u32,
}

impl Limits {
    /// The free plan has no API at all: every call is refused with `require_feature`.
    pub const FREE: Self = Self::of(0, 0, 0, 0, 0);
    /// A trial account.
    pub const TRIAL: Self = Self::of(50, 50, 50, 50, 50);
    /// The Growth plan.
    pub const GROWTH: Self = Self::of(200, 80, 80, 20, 20);
    /// The Pro plan.
    pub const PRO: Self = Self::of(400, 160, 160, 100, 100);
    /// The Enterprise plan.
    pub const ENTERPRISE: Self = Self::of(700, 280, 280, 200, 200);
    /// More than any plan gives, so that a demo never waits while the headers are still there to be read.
    pub const GENEROUS: Self = Self::of(100_000, 100_000, 100_000, 100_000, 100_000);

    const fn of(total: u32, create: u32, update: u32, list: u32, contacts_list: u32) -> Self {
        Self { total, create, update, list, contacts_list }
    }

    fn of_kind(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Create => self.create,
            Kind::Update => self.update,
            Kind::List => self.list,
            Kind::ContactsList => self.contacts_list,
            Kind::Other => self.total,
        }
    }
}

/// The kinds of calls that have a budget of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Update,
    List,
    ContactsList,
    Other,
}

impl Kind {
    /// The kind of a call, from its method and the path below `/api/v2`.
    pub(super) fn of(method: &str, path: &[&str]) -> Self {
        match (method, path) {
            ("POST", ["tickets"]) => Self::Create,
            ("PUT", ["tickets", _]) => Self::Update,
            ("GET", ["tickets"]) => Self::List,
            ("GET", ["contacts"]) => Self::ContactsList,
            _ => Self::Other,
        }
    }
}

/// What is left of the minute, as the response headers tell it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    total: u32,
    remaining: u32,
    cost: u32,
}

impl Quota {
    /// Writes the three headers that Freshdesk puts on every answer.
    pub(super) fn stamp(self, response: Response) -> Response {
        response
            .header("x-ratelimit-total", &self.total.to_string())
            .header("x-ratelimit-remaining", &self.remaining.to_string())
            .header("x-ratelimit-used-currentrequest", &self.cost.to_string())
    }
}

/// Counts the calls of the current minute.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) limits: Option<Limits>,
    minute: i64,
    used: u32,
    used_by_kind: [u32; 5],
}

impl Meter {
    pub(super) fn new(limits: Option<Limits>) -> Self {
        Self { limits, minute: i64::MIN, used: 0, used_by_kind: [0; 5] }
    }

    /// Takes `cost` credits out of the minute's budget. The quota is there whenever limits are on, refused or not.
    pub(super) fn spend(
        &mut self,
        kind: Kind,
        cost: u32,
        now: Millis,
    ) -> (Option<Quota>, Result<(), Refusal>) {
        let Some(limits) = self.limits else { return (None, Ok(())) };
        if limits.total == 0 {
            return (Some(Quota { total: 0, remaining: 0, cost }), Err(Refusal::Feature("API")));
        }
        self.roll(now);
        let of_kind = &mut self.used_by_kind[kind as usize];
        let fits = self.used + cost <= limits.total && *of_kind < limits.of_kind(kind);
        if fits {
            self.used += cost;
            *of_kind += 1;
        }
        let quota = Quota { total: limits.total, remaining: limits.total.saturating_sub(self.used), cost };
        let retry_after = ((self.minute + 1) * MINUTE - now + 999) / 1000;
        (Some(quota), if fits { Ok(()) } else { Err(Refusal::TooMany { retry_after }) })
    }

    /// When an outgoing webhook may leave: now, at the price of one credit, or at the next full hour. Freshdesk
    /// documents that webhooks share the API's limit and that the excess waits for the next hour.
    pub(super) fn webhook_leaves(&mut self, now: Millis) -> Result<(), Millis> {
        match self.spend(Kind::Other, 1, now) {
            (_, Ok(())) => Ok(()),
            (_, Err(_)) => Err((now.div_euclid(HOUR) + 1) * HOUR),
        }
    }

    fn roll(&mut self, now: Millis) {
        let minute = now.div_euclid(MINUTE);
        if minute != self.minute {
            (self.minute, self.used, self.used_by_kind) = (minute, 0, [0; 5]);
        }
    }
}
