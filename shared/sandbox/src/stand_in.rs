//! What every stand-in is: a deterministic state machine that speaks HTTP values.

use deskbridge_connectors::http::{Request, Response};

/// A moment, in milliseconds since the Unix epoch. Stand-ins never read a clock: the caller says what time it is.
pub type Millis = i64;

/// A webhook that a stand-in wants delivered.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Names this delivery attempt towards [`StandIn::delivered`].
    pub id: u64,
    /// The signed request, ready to send.
    pub request: Request,
}

/// One remote side of the sandbox: same state, same request and same time always give the same answer. So a journal of
/// the calls rebuilds the state after a restart, and the simulator can run it in virtual time.
pub trait StandIn: Send {
    /// Answers one API request that arrives at `now`.
    fn handle(&mut self, request: &Request, now: Millis) -> Response;

    /// The webhooks due at `now`, oldest first. A webhook that was handed out is not due again until
    /// [`StandIn::delivered`] reported that it failed and its retry time has come.
    fn due(&mut self, now: Millis) -> Vec<Webhook>;

    /// Reports what became of a webhook: the receiver's status code, or `None` if no answer came.
    fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis);

    /// When [`StandIn::due`] will next have something, if anything is waiting.
    fn next_due(&self) -> Option<Millis>;
}

impl<S: StandIn + ?Sized> StandIn for Box<S> {
    fn handle(&mut self, request: &Request, now: Millis) -> Response {
        (**self).handle(request, now)
    }

    fn due(&mut self, now: Millis) -> Vec<Webhook> {
        (**self).due(now)
    }

    fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        (**self).delivered(id, status, now);
    }

    fn next_due(&self) -> Option<Millis> {
        (**self).next_due()
    }
}
