//! Calls to a remote side: drives a connector's steps to their end, with a session.

use std::time::Duration;

use deskbridge_connectors::http::{Answer, Exchange, Method, Request};
use deskbridge_connectors::{Found, Next, Query, Reading, Session, Trouble};
use deskbridge_core::Moment;
use deskbridge_core::effect::{Effect, Outcome, Reason, Refusal};

use super::REQUEST_DEADLINE;
use crate::bridge::Bridge;
use crate::directory::Account;
use crate::ports::{Clock, Http, World};
use crate::relay::effects::Claim;

/// No effect, lookup or reading needs more requests than this; a connector that asks for more has a bug.
const REQUESTS_MAX: usize = 24;
/// No request of an effect leaves later than this after its intent. A process may stand still (a machine that sleeps, for
/// instance) while another one waits for its request to land, looks for it, and makes the effect itself: *settle* times are
/// longer than this and a request's own life together.
pub const CLAIM_LIFE: Duration = REQUEST_DEADLINE.saturating_mul(2);

/// Calls one account's remote side.
pub(crate) struct Caller<'a, W> {
    pub(crate) bridge: &'a Bridge<W>,
    pub(crate) account: &'a Account,
}

/// What requests may be made.
#[derive(Clone, Copy)]
struct Allowed {
    /// Other requests than `GET`.
    writes: bool,
    /// None after this.
    until: Option<Moment>,
}

impl Allowed {
    fn is_over(self, now: Moment) -> bool {
        self.until.is_some_and(|until| now > until)
    }
}

/// A result and the number of requests that it took.
pub(crate) struct Called<T> {
    pub(crate) result: T,
    pub(crate) calls: u32,
}

impl<W: World> Caller<'_, W> {
    /// Makes an effect. The claim proves that its intent is durable.
    pub(crate) async fn make(&self, claim: Claim, effect: &Effect) -> Called<Outcome> {
        debug_assert_eq!(claim.effect(), effect.id, "a claim is for one effect only");
        let connector = &self.account.connector;
        let until = Some(claim.begun_at().plus(CLAIM_LIFE));
        self.with_session(
            |session, exchanges| connector.step(effect, session, exchanges),
            |outcome| matches!(outcome, Outcome::Refused(refusal) if refusal.reason == Reason::Token),
            |trouble| match trouble {
                Trouble::Refused(refusal) => Outcome::Refused(refusal),
                Trouble::RetryAfter(wait) => Outcome::RetryAfter(wait),
            },
            Outcome::Unknown,
            Allowed { writes: true, until },
        )
        .await
    }

    /// Finds out whether an effect was made. What it may still have to finish (reopening the ticket) is part of the
    /// effect, so it needs the claim as well.
    pub(crate) async fn look_up(&self, claim: Claim, effect: &Effect) -> Called<Found> {
        debug_assert_eq!(claim.effect(), effect.id, "a claim is for one effect only");
        let connector = &self.account.connector;
        self.with_session(
            |session, exchanges| connector.lookup(effect, session, exchanges),
            |found| matches!(found, Found::CannotTell(trouble) if is_token(trouble)),
            Found::CannotTell,
            Found::CannotTell(Trouble::RetryAfter(Duration::from_secs(60))),
            Allowed { writes: true, until: None },
        )
        .await
    }

    /// Reads something. Only `GET` requests are performed.
    pub(crate) async fn read(&self, query: &Query) -> Called<Result<Reading, Trouble>> {
        let connector = &self.account.connector;
        self.with_session(
            |session, exchanges| connector.read(query, session, exchanges),
            |read| matches!(read, Err(trouble) if is_token(trouble)),
            Err,
            Err(bug("too many requests")),
            Allowed { writes: false, until: None },
        )
        .await
    }

    /// Drives `next` to its end within a session; with a new session once more if the first one was refused.
    async fn with_session<T>(
        &self,
        next: impl Fn(&Session, &[Exchange]) -> Next<T>,
        session_refused: impl Fn(&T) -> bool,
        in_trouble: impl Fn(Trouble) -> T,
        endless: T,
        allowed: Allowed,
    ) -> Called<T> {
        let mut calls = 0;
        let mut fresh = false;
        loop {
            let session = match self.session(&mut calls, &mut fresh).await {
                Ok(session) => Session { at: self.bridge.world.clock().now(), ..session },
                Err(trouble) => return Called { result: in_trouble(trouble), calls },
            };
            let Some(result) = self.drive(|exchanges| next(&session, exchanges), &mut calls, allowed).await
            else {
                return Called { result: endless, calls };
            };
            let retry = session_refused(&result) && session.token.is_some() && !fresh;
            if !retry {
                return Called { result, calls };
            }
            self.bridge.memo.drop_session(&self.account.name);
        }
    }

    /// The cached session, or a new one; `fresh` tells which.
    async fn session(&self, calls: &mut u32, fresh: &mut bool) -> Result<Session, Trouble> {
        let name = &self.account.name;
        if let Some(session) = self.bridge.memo.session(name, self.bridge.world.clock().now()) {
            return Ok(session);
        }
        *fresh = true;
        let connector = &self.account.connector;
        let session = self
            .drive(|exchanges| connector.sign_in(exchanges), calls, Allowed { writes: true, until: None })
            .await
            .unwrap_or(Err(bug("sign-in never ends")))?;
        self.bridge.memo.keep_session(name, &session, self.bridge.world.clock().now());
        Ok(session)
    }

    async fn drive<T>(
        &self,
        next: impl Fn(&[Exchange]) -> Next<T>,
        calls: &mut u32,
        allowed: Allowed,
    ) -> Option<T> {
        let mut exchanges: Vec<Exchange> = Vec::new();
        while exchanges.len() < REQUESTS_MAX {
            match next(&exchanges) {
                Next::Settled(result) => return Some(result),
                Next::Call(request) if !allowed.writes && request.method != Method::GET => return None,
                Next::Call(request) if allowed.is_over(self.bridge.world.clock().now()) => {
                    exchanges.push(Exchange { request: *request, answer: Answer::NotSent });
                }
                Next::Call(request) => {
                    *calls += 1;
                    exchanges.push(self.exchange(*request).await);
                }
            }
        }
        None
    }

    async fn exchange(&self, request: Request) -> Exchange {
        let answer = self.bridge.world.http().send(request.clone(), REQUEST_DEADLINE).await;
        Exchange { request, answer }
    }
}

fn is_token(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(refusal) if refusal.reason == Reason::Token)
}

fn bug(code: &str) -> Trouble {
    Trouble::Refused(Refusal::new(Reason::Invalid, code))
}
