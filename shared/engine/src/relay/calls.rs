//! Calls to a remote side: drives a connector's steps to their end, with a session.

use std::time::Duration;

use deskbridge_connectors::http::{Answer, Exchange, Method, Request};
use deskbridge_connectors::{Found, Next, Query, Reading, Session, Trouble};
use deskbridge_core::Moment;
use deskbridge_core::effect::{Effect, EffectKind, Outcome, Reason, Refusal};

use secrecy::SecretString;

use super::{REQUEST_DEADLINE, TRANSFER_DEADLINE};
use crate::bridge::Bridge;
use crate::credential;
use crate::directory::Account;
use crate::ports::{Clock, Http, World};
use crate::relay::effects::Claim;

/// No effect, lookup or reading needs more requests than this; a connector that asks for more has a bug.
const REQUESTS_MAX: usize = 24;
/// So many sessions are tried one after the other when tokens are refused: the one at hand, the one that another process stored,
/// and a renewed one.
const SESSIONS_MAX: usize = 3;
/// No request of an effect leaves later than this after its intent. A process may stand still (a machine that sleeps, for
/// instance) while another one waits for its request to land, looks for it, and makes the effect itself: *settle* times are
/// longer than this and a request's own life together.
pub const CLAIM_LIFE: Duration = REQUEST_DEADLINE.saturating_mul(2);

/// The same for effects with files, which are uploaded before what people see is written. Their *settle* times are longer.
pub const FILES_CLAIM_LIFE: Duration = TRANSFER_DEADLINE.saturating_mul(2);

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
    /// When all must be over, for requests that take longer than others.
    end: Option<Moment>,
}

impl Allowed {
    fn is_over(self, now: Moment) -> bool {
        self.until.is_some_and(|until| now > until)
            || self.end.is_some_and(|end| now.plus(REQUEST_DEADLINE) > end)
    }

    /// How long this request may take. After one that carries a file, another one must still be possible.
    fn deadline(self, request: &Request, now: Moment) -> Duration {
        match self.end {
            _ if !request.has_sources() => REQUEST_DEADLINE,
            None => TRANSFER_DEADLINE,
            Some(end) => TRANSFER_DEADLINE.min(end.since(now).saturating_sub(REQUEST_DEADLINE)),
        }
    }
}

/// A result and the number of requests that it took.
pub(crate) struct Called<T> {
    pub(crate) result: T,
    pub(crate) calls: u32,
}

impl<W: World> Caller<'_, W> {
    /// Makes an effect. The claim proves that its intent is durable. `end` is when this process must be done.
    pub(crate) async fn make(&self, claim: Claim, effect: &Effect, end: Option<Moment>) -> Called<Outcome> {
        debug_assert_eq!(claim.effect(), effect.id, "a claim is for one effect only");
        let connector = &self.account.connector;
        let (life, end) = match effect.change.kind() {
            EffectKind::AttachFiles | EffectKind::PostFile(_) => (FILES_CLAIM_LIFE, end),
            _ => (CLAIM_LIFE, None),
        };
        let until = Some(claim.begun_at().plus(life));
        self.with_session(
            |session, exchanges| connector.step(effect, session, exchanges),
            |outcome| matches!(outcome, Outcome::Refused(refusal) if refusal.reason == Reason::Token),
            |trouble| match trouble {
                Trouble::Refused(refusal) => Outcome::Refused(refusal),
                Trouble::RetryAfter(wait) => Outcome::RetryAfter(wait),
            },
            Outcome::Unknown,
            Allowed { writes: true, until, end },
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
            Allowed { writes: true, until: None, end: None },
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
            Allowed { writes: false, until: None, end: None },
        )
        .await
    }

    /// Asks the remote side to send the webhooks since that moment again.
    pub(crate) async fn send_again(&self, since: Moment, now: Moment) -> Result<(), Trouble> {
        let next = |exchanges: &[Exchange]| self.account.connector.send_again(since, now, exchanges);
        let allowed = Allowed { writes: true, until: None, end: None };
        self.drive(next, &mut 0, allowed).await.unwrap_or(Err(bug("too many requests")))
    }

    /// Drives `next` to its end within a session; with a new session again if the token was refused.
    async fn with_session<T>(
        &self,
        next: impl Fn(&Session, &[Exchange]) -> Next<T>,
        session_refused: impl Fn(&T) -> bool,
        in_trouble: impl Fn(Trouble) -> T,
        endless: T,
        allowed: Allowed,
    ) -> Called<T> {
        let mut calls = 0;
        let mut refused: Option<SecretString> = None;
        for round in 1..=SESSIONS_MAX {
            let (session, is_last) = match self.session(refused.as_ref(), &mut calls).await {
                Ok((session, is_fresh)) => {
                    let at = self.bridge.world.clock().now();
                    let session = Session { at, nth: self.bridge.memo.next_use(), ..session };
                    (session, is_fresh || round == SESSIONS_MAX)
                }
                Err(trouble) => return Called { result: in_trouble(trouble), calls },
            };
            let Some(result) = self.drive(|exchanges| next(&session, exchanges), &mut calls, allowed).await
            else {
                break;
            };
            if is_last || session.token.is_none() || !session_refused(&result) {
                return Called { result, calls };
            }
            self.bridge.memo.drop_session(&self.account.name);
            refused = session.token;
        }
        Called { result: endless, calls }
    }

    /// The cached session, or a new one, and whether no other can be had. `refused`: the token of the one before.
    async fn session(
        &self,
        refused: Option<&SecretString>,
        calls: &mut u32,
    ) -> Result<(Session, bool), Trouble> {
        let (name, connector) = (&self.account.name, &self.account.connector);
        if let Some(session) = self.bridge.memo.session(name, self.bridge.world.clock().now()) {
            return Ok((session, false));
        }
        let (session, is_fresh) = match connector.seed() {
            Some(seed) => credential::session(self, seed, refused, calls).await?,
            None => {
                let allowed = Allowed { writes: true, until: None, end: None };
                let session = self.drive(|exchanges| connector.sign_in(exchanges), calls, allowed).await;
                (session.unwrap_or(Err(bug("sign-in never ends")))?, true)
            }
        };
        self.bridge.memo.keep_session(name, &session, self.bridge.world.clock().now());
        Ok((session, is_fresh))
    }

    /// Drives `next`, which may change something, to its end. No request leaves after `until`.
    pub(crate) async fn write_until<T>(
        &self,
        next: impl Fn(&[Exchange]) -> Next<T>,
        calls: &mut u32,
        until: Moment,
    ) -> Option<T> {
        self.drive(next, calls, Allowed { writes: true, until: Some(until), end: None }).await
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
                    let deadline = allowed.deadline(&request, self.bridge.world.clock().now());
                    exchanges.push(self.exchange(*request, deadline).await);
                }
            }
        }
        None
    }

    async fn exchange(&self, request: Request, deadline: Duration) -> Exchange {
        let answer = self.bridge.world.http().send(request.clone(), deadline).await;
        let exchange = Exchange { request, answer };
        let told = self.account.connector.limits(&exchange);
        self.bridge.paces.hear(&self.account.name, &told, self.bridge.world.clock().now());
        exchange
    }
}

fn is_token(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(refusal) if refusal.reason == Reason::Token)
}

fn bug(code: &str) -> Trouble {
    Trouble::Refused(Refusal::new(Reason::Invalid, code))
}
