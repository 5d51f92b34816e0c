//! Credentials that end, and are renewed by the bridge itself while they still work.

use std::fmt;
use std::time::Duration;

use deskbridge_core::Moment;
use secrecy::{ExposeSecret, SecretString};

use crate::Session;

/// No session is used for longer without asking the store: somebody may have put a new credential into the configuration, or
/// another process may have renewed this one.
const SESSION_MAX: Duration = Duration::from_secs(600);

/// A credential as an operator gave it first (the *seed*), or as the remote side renewed it later.
#[derive(Clone, Default)]
pub struct Credential {
    /// What calls are made with. `None`: it has to be asked for first, with `refresh`.
    pub token: Option<SecretString>,
    /// What it is renewed with, where that is something else than `token` itself. Good for one use.
    pub refresh: Option<SecretString>,
    /// When the remote side gave it to us; unknown of a seed.
    pub since: Option<Moment>,
    /// When `token` ends, as far as the remote side told.
    pub ends_at: Option<Moment>,
}

/// How urgent it is to renew a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Not at all.
    NotYet,
    /// It works, and it is time: the sweep does it.
    Due,
    /// It cannot be used before.
    Needed,
}

impl Credential {
    /// What makes this credential another than others, if it is a seed.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretString> {
        self.refresh.as_ref().or(self.token.as_ref())
    }

    /// Whether it is the very same: with the same token and the same way to renew it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        is_same(self.token.as_ref(), other.token.as_ref())
            && is_same(self.refresh.as_ref(), other.refresh.as_ref())
    }

    /// Whether calls were made with this token.
    #[must_use]
    pub fn has_token(&self, token: &SecretString) -> bool {
        is_same(self.token.as_ref(), Some(token))
    }

    /// A session with it.
    #[must_use]
    pub fn session(&self, now: Moment) -> Session {
        let left = self.ends_at.map_or(SESSION_MAX, |ends_at| ends_at.since(now));
        Session { token: self.token.clone(), lifetime: Some(left.min(SESSION_MAX)), ..Session::unneeded() }
    }
}

fn is_same(one: Option<&SecretString>, other: Option<&SecretString>) -> bool {
    one.map(ExposeSecret::expose_secret) == other.map(ExposeSecret::expose_secret)
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("since", &self.since)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}
