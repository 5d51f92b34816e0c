//! Pure codecs for platforms and helpdesks: bytes to events, effects to requests, answers to outcomes. No IO.

mod connector;
mod credential;
mod files;
pub mod helpdesks;
pub mod http;
mod json;
mod meta;
pub mod platforms;
mod registry;
mod verified;

pub use connector::{
    Connector, Context, Door, FileLimits, Found, Inbound, Next, Query, Reading, Replies, ReplyRules, Session,
    TicketFacts, Trouble, Unreadable,
};
pub use credential::{Credential, Renewal};
pub use registry::{
    DOORS, DoorRegistration, Fixture, Opened, REGISTRY, Registration, SecretSpec, SecretUse, SettingProblem,
    Shelf, find, find_door,
};
pub use verified::{Keys, Reject, Verified};
