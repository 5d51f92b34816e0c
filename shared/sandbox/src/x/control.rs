//! Faults and uncertain rules that somebody switches.

use deskbridge_connectors::http::{Request, Response};
use serde::{Deserialize, Serialize};

use super::auth::TokenState;
use super::limits::Meter;
use super::problem::Problem;
use super::state::X;
use crate::Millis;

/// An error for the calls that match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only calls with this HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only calls whose path ends with this (`tweets`, `messages`, `me`).
    #[serde(default)]
    pub path: Option<String>,
    /// The status.
    pub status: u16,
    /// The last part of the problem type; `None`: `about:blank`.
    #[serde(default)]
    pub kind: Option<String>,
    /// `detail`.
    #[serde(default)]
    pub detail: Option<String>,
    /// How many calls fail; `None`: until [`Control::Repair`].
    #[serde(default)]
    pub calls: Option<u32>,
    /// The call is carried out all the same, only its answer is the error.
    #[serde(default)]
    pub performed: bool,
}

impl Fault {
    pub(super) fn response(&self) -> Response {
        let kind = self.kind.as_deref().unwrap_or_default();
        Problem::new(self.status, kind, self.detail.as_deref().unwrap_or("The call was refused.")).response()
    }

    fn meets(&self, request: &Request) -> bool {
        let method = self.method.as_deref().is_none_or(|method| request.method == method);
        let path = self.path.as_deref().is_none_or(|path| request.url.path().ends_with(path));
        self.calls != Some(0) && method && path
    }
}

/// One turn of a switch. Over HTTP: `POST /_sandbox/control` with the same names, `do` telling which.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Control {
    /// Sets the state of an account's token.
    Token {
        /// The account; `None`: the first.
        #[serde(default)]
        account: Option<String>,
        /// From now on.
        state: TokenState,
    },
    /// The owner of an account authorises the app anew: this refresh token is good for one use.
    Authorise {
        /// The account; `None`: the first.
        #[serde(default)]
        account: Option<String>,
        /// From now on.
        refresh_token: String,
    },
    /// Lets a person take no direct messages, or take them again.
    Block {
        /// The person.
        person: String,
        /// From now on.
        on: bool,
    },
    /// Hides a person's posts from others, or shows them again.
    Protect {
        /// The person.
        person: String,
        /// From now on.
        on: bool,
    },
    /// How many more paid calls the credits are good for; `null`: any number.
    Credits {
        /// From now on.
        left: Option<u32>,
    },
    /// How many posts an account may make in 15 minutes.
    PostLimit {
        /// From now on.
        calls: u32,
    },
    /// Whether the app may answer any post, as Enterprise apps may.
    Enterprise {
        /// From now on.
        on: bool,
    },
    /// Whether a plain answer to the account's post counts as summons.
    AnswersSummon {
        /// From now on.
        on: bool,
    },
    /// Whether an account's webhooks come in the older envelope.
    Older {
        /// The account; `None`: the first.
        #[serde(default)]
        account: Option<String>,
        /// From now on.
        on: bool,
    },
    /// Lets calls fail.
    Fault(Fault),
    /// Ends all [`Control::Fault`]s.
    Repair,
    /// Sends the challenge to an account's door.
    Challenge {
        /// The account; `None`: the first.
        #[serde(default)]
        account: Option<String>,
    },
    /// Sends all webhooks of the last day again.
    Replay,
}

/// Why an act or a control could not be done, in words for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPossible(pub(super) String);

impl std::fmt::Display for NotPossible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotPossible {}

/// There is no such thing: what and which.
pub(super) fn no_such(what: &str, id: &str) -> NotPossible {
    NotPossible(format!("there is no {what} {id:?} here"))
}

impl X {
    /// Turns a switch.
    ///
    /// # Errors
    /// When it names an account or a person that does not exist.
    pub fn control(&mut self, control: Control, now: Millis) -> Result<(), NotPossible> {
        match control {
            Control::Token { account, state } => self.account_mut(account.as_deref())?.token = state,
            Control::Authorise { account, refresh_token } => {
                let account = self.account_of(account.as_deref())?;
                self.bearers.refresh.retain(|_, owner| *owner != account);
                self.bearers.allow(&refresh_token, &account);
            }
            Control::Block { person, on } => self.person_mut(&person)?.blocks = on,
            Control::Protect { person, on } => self.person_mut(&person)?.protected = on,
            Control::Credits { left } => self.credits = left,
            Control::PostLimit { calls } => self.meters.set(Meter::Posts, calls),
            Control::Enterprise { on } => self.enterprise = on,
            Control::AnswersSummon { on } => self.answers_summon = on,
            Control::Older { account, on } => self.account_mut(account.as_deref())?.older = on,
            Control::Fault(fault) => self.faults.push(fault),
            Control::Repair => self.faults.clear(),
            Control::Challenge { account } => {
                let callback = self.account_mut(account.as_deref())?.seed.callback.clone();
                self.outbox.challenge(&callback, now);
            }
            Control::Replay => self.outbox.replay(0, now, now),
        }
        Ok(())
    }

    /// The fault that a call meets, which is used up a little by it.
    pub(super) fn fault(&mut self, request: &Request) -> Option<Fault> {
        let fault = self.faults.iter_mut().find(|fault| fault.meets(request))?;
        if let Some(calls) = &mut fault.calls {
            *calls -= 1;
        }
        Some(fault.clone())
    }

    fn account_mut(&mut self, id: Option<&str>) -> Result<&mut super::state::Account, NotPossible> {
        let id = self.account_of(id)?;
        self.accounts.get_mut(&id).ok_or_else(|| no_such("account", &id))
    }

    fn person_mut(&mut self, id: &str) -> Result<&mut super::state::User, NotPossible> {
        self.users.get_mut(id).ok_or_else(|| no_such("person", id))
    }
}
