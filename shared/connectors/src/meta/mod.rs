//! What Meta's products share: the door, the envelope of webhooks, the direct-message items, the Graph API and its errors.
//! Facebook, Instagram and WhatsApp differ in what stands inside.

pub(crate) mod callback;
pub(crate) mod door;
pub(crate) mod envelope;
pub(crate) mod errors;
pub(crate) mod files;
pub(crate) mod graph;
pub(crate) mod messaging;
mod messaging_item;
pub(crate) mod moderation;
pub(crate) mod scan;
pub(crate) mod sending;
pub(crate) mod settings;
pub(crate) mod wire;
