//! The stand-in for the X API: posts that address an account, its replies, and direct messages.
//!
//! It serves the API's own paths from the root. Beside them, `POST /_sandbox/act` lets people (and the account in the app)
//! do things, `POST /_sandbox/control` switches faults on and off, and `GET /_sandbox/state` shows everything;
//! [`X::act`], [`X::control`] and [`X::overview`] are the same in process.
//!
//! Where the platform's behaviour is not known, a switch chooses, or the code says "uncertain".

mod act;
mod again;
mod auth;
mod console;
mod control;
mod direct;
mod event;
mod limits;
mod media;
mod older;
mod outbox;
mod perform;
mod posts;
mod problem;
mod refresh;
mod render;
mod route;
mod rules;
mod seed;
mod state;
mod users;

#[cfg(test)]
mod tests;

pub use act::{Act, NewDirect, NewPost, Target};
pub use auth::TokenState;
pub use control::{Control, Fault, NotPossible};
pub use outbox::WebhookCounts;
pub use seed::{AccountSeed, PersonSeed, PostSeed, XSeed};
pub use state::X;
