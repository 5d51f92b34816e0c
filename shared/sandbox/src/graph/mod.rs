//! The stand-in for Meta's Graph API: Facebook Pages, Messenger, Instagram and WhatsApp.
//!
//! It serves the API's own paths from the root, with or without `/vN.N`. Beside them, `POST /_sandbox/act` lets
//! customers (and the page in its native app) do things, `POST /_sandbox/control` switches faults on and off, and
//! `GET /_sandbox/state` shows everything; [`Graph::act`], [`Graph::control`] and [`Graph::overview`] are the same in
//! process.
//!
//! Where it is kinder than the platform, a switch says so (`adopts_unknown`); where the platform's behaviour is not
//! known, the code says "uncertain".

mod act;
mod adopt;
mod auth;
mod console;
mod control;
mod error;
mod fields;
mod glance;
mod instagram;
mod limits;
mod lists;
mod media;
mod outbox;
mod params;
mod perform;
mod perform_messenger;
mod publish;
mod read;
mod route;
mod seed;
mod send;
mod state;
mod webhook;
mod whatsapp;

#[cfg(test)]
mod tests;

pub use act::{
    Act, Acted, Edit, NewAttachment, NewComment, NewMention, NewMessage, NewPost, PageMessage, Party,
    Postback, Raw, RawUpdate, Reaction, ReferralSource, Referred, Target,
};
pub use auth::{Permission, TokenState};
pub use control::{Block, Control, Fault, NotPossible};
pub use instagram::{
    InstagramComment, InstagramMention, InstagramMessage, InstagramNative, InstagramParty, InstagramPerson,
    InstagramPost, InstagramPostback, InstagramSeed,
};
pub use limits::Rates;
pub use outbox::WebhookCounts;
pub use perform::ActResult;
pub use seed::{GraphSeed, PageSeed, PersonSeed, PostSeed};
pub use state::Graph;
pub use whatsapp::{
    NumberSeed, WhatsAppMessage, WhatsAppNative, WhatsAppOffline, WhatsAppParty, WhatsAppRenaming,
    WhatsAppUndeliverable,
};
