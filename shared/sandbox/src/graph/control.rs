//! Faults that somebody switches on: dead tokens, lost permissions, people who block, throttles, single failures.

use serde::{Deserialize, Serialize};

use super::auth::{Permission, TokenState};
use super::error::GraphError;
use super::limits::throttled;
use super::state::Graph;
use crate::Millis;

/// How a person keeps a page from writing to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// 551/1545041: the person is not available.
    Unavailable,
    /// 200/1545041: the same, as the other code the platform uses for it.
    Refused,
    /// 10/2018108: the person does not take messages now.
    NotReceiving,
}

impl Block {
    pub(super) fn error(self) -> GraphError {
        match self {
            Self::Unavailable => {
                GraphError::new(551, "(#551) This person isn't available right now.").sub(1_545_041)
            }
            Self::Refused => {
                GraphError::new(200, "(#200) This person isn't available right now.").sub(1_545_041)
            }
            Self::NotReceiving => GraphError::new(
                10,
                "(#10) This Person Cannot Receive Messages: This person isn't receiving messages \
                                     from you right now.",
            )
            .sub(2_018_108),
        }
    }
}

/// An error for the calls that match, with the code one wants to see: 368, 506, 1/1357046, 2, 200 ...
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only calls for this page; `None`: for any.
    #[serde(default)]
    pub page: Option<String>,
    /// Only calls whose last path part is this (`comments`, `messages`); `None`: all calls.
    #[serde(default)]
    pub edge: Option<String>,
    /// Only calls with this HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// `error.code`.
    pub code: u32,
    /// `error.error_subcode`.
    #[serde(default)]
    pub subcode: Option<u32>,
    /// `error.message`; has a default.
    #[serde(default)]
    pub message: Option<String>,
    /// How many calls fail; `None`: until [`Control::Repair`].
    #[serde(default)]
    pub calls: Option<u32>,
    /// The call is carried out all the same, only its answer is the error, as seen with 1/1357046.
    #[serde(default)]
    pub performed: bool,
    /// For throttles: minutes until a call will be taken again, as the usage headers tell it.
    #[serde(default)]
    pub minutes: Option<u32>,
}

impl Fault {
    pub(super) fn error(&self) -> GraphError {
        let mut error = match self.code {
            4 | 17 | 32 | 613 | 80_000..=80_014 => throttled(self.code),
            1 => GraphError::new(1, "An unknown error occurred"),
            2 => GraphError::new(2, "Service temporarily unavailable"),
            368 => GraphError::new(
                368,
                "The action attempted has been deemed abusive or is otherwise disallowed",
            ),
            506 => GraphError::new(506, "Duplicate status message").sub(1_455_006),
            code => GraphError::new(code, format!("(#{code}) The call was refused")),
        };
        if let Some(subcode) = self.subcode {
            error.subcode = Some(subcode);
        }
        if let Some(message) = &self.message {
            error.message.clone_from(message);
        }
        error
    }

    pub(super) fn is_throttle(&self) -> bool {
        matches!(self.code, 4 | 17 | 32 | 613 | 80_000..=80_014)
    }
}

/// One turn of a switch. Over HTTP: `POST /_sandbox/control` with the same names, `do` telling which.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Control {
    /// Sets the state of a token.
    Token {
        /// The page, Instagram account or WhatsApp number.
        page: String,
        /// From now on.
        state: TokenState,
    },
    /// The owner of an Instagram account generates a token, which lives for 60 days.
    Issue {
        /// The Instagram account.
        page: String,
        /// The token.
        token: String,
    },
    /// Takes or gives back a permission.
    Permission {
        /// The page.
        page: String,
        /// Which.
        permission: Permission,
        /// `false` takes it away.
        granted: bool,
    },
    /// Lets a person block the page, or with `how: null` no longer.
    Block {
        /// The page.
        page: String,
        /// The person, by either id.
        person: String,
        /// How sends are refused.
        #[serde(default)]
        how: Option<Block>,
    },
    /// Makes a person's profile unreadable (100/33) or readable again.
    Unreadable {
        /// The page.
        page: String,
        /// The person, by either id.
        person: String,
        /// From now on.
        unreadable: bool,
    },
    /// Lets calls fail.
    Fault(Fault),
    /// Ends all [`Control::Fault`]s.
    Repair,
    /// Switches on or off that updates of one page that are due together share a POST.
    Batching {
        /// From now on.
        on: bool,
    },
    /// Whether writes to unknown ids are taken in.
    Adopt {
        /// From now on.
        on: bool,
    },
    /// Sends the subscription's handshake to a page's door.
    Handshake {
        /// The page.
        page: String,
    },
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

impl Graph {
    /// Turns a switch.
    ///
    /// # Errors
    /// When it names a page or a person that does not exist.
    pub fn control(&mut self, control: Control, now: Millis) -> Result<(), NotPossible> {
        match control {
            Control::Token { page, state } => match self.numbers.get_mut(&page) {
                Some(number) => number.token = state,
                None => match self.accounts.get_mut(&page) {
                    Some(account) => account.token = state,
                    None => self.page_mut(&page)?.token = state,
                },
            },
            Control::Issue { page, token } => {
                let account = self.accounts.get_mut(&page).ok_or_else(|| no_such("account", &page))?;
                account.issue(&token, now);
            }
            Control::Permission { page, permission, granted } => {
                let lost = &mut self.page_mut(&page)?.lost;
                if granted {
                    lost.remove(&permission)
                } else {
                    lost.insert(permission)
                };
            }
            Control::Block { page, person, how } => match self.follower_mut(&page, &person) {
                Some(follower) => follower.blocks = how.is_some(),
                None => self.known_person(&page, &person)?.block = how,
            },
            Control::Unreadable { page, person, unreadable } => match self.follower_mut(&page, &person) {
                Some(follower) => follower.unreadable = unreadable,
                None => self.known_person(&page, &person)?.unreadable = unreadable,
            },
            Control::Fault(fault) => self.faults.push(fault),
            Control::Repair => self.faults.clear(),
            Control::Batching { on } => self.outbox.batching = on,
            Control::Adopt { on } => self.adopts_unknown = on,
            Control::Handshake { page } => {
                let callback = self.page_mut(&page)?.seed.callback.clone();
                self.outbox.handshake(&callback, &self.verify_token, now);
            }
        }
        Ok(())
    }

    fn page_mut(&mut self, page: &str) -> Result<&mut super::state::Page, NotPossible> {
        self.pages.get_mut(page).ok_or_else(|| no_such("page", page))
    }

    fn known_person(&mut self, page: &str, person: &str) -> Result<&mut super::state::Person, NotPossible> {
        self.person_mut(page, person).ok_or_else(|| no_such("person", person))
    }
}
