//! What messages, statuses and echoes have in common: who is meant, and how it is named.

use std::fmt;

use deskbridge_core::EffectId;
use deskbridge_core::model::{Place, Surface, Thread};
use serde::Deserialize;

use crate::meta::settings::is_number;
use crate::meta::wire::{Id, lenient};

/// Why a part could not be read: the name under which it goes into quarantine.
pub(super) type Read<T> = Result<T, String>;

/// Our handle in what we send (`biz_opaque_callback_data`), which comes back in every status. The customer is part of it,
/// because statuses may name them by another id than messages do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) effect: EffectId,
    pub(super) customer: String,
}

impl Handle {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (effect, customer) = text.split_once(' ')?;
        let customer = Some(customer.to_owned()).filter(|customer| !customer.is_empty())?;
        Some(Self { effect: EffectId::parse(effect)?, customer })
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.effect, self.customer)
    }
}

/// The customer of a webhook, beside their messages.
#[derive(Deserialize)]
pub(super) struct Contact {
    #[serde(default, deserialize_with = "lenient")]
    profile: Option<Profile>,
    #[serde(default, deserialize_with = "lenient")]
    wa_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    user_id: Option<Id>,
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    username: Option<String>,
}

impl Contact {
    /// The name to show.
    pub(super) fn name(&self) -> Option<String> {
        let profile = self.profile.as_ref()?;
        let parts = [&profile.name, &profile.username];
        parts.into_iter().flatten().find(|name| !name.trim().is_empty()).cloned()
    }

    pub(super) fn user_id(&self) -> Option<&str> {
        filled(self.user_id.as_ref())
    }

    /// Whether one of these ids is theirs.
    pub(super) fn is(&self, user_id: Option<&str>, phone: Option<&str>) -> bool {
        let same = |own: Option<&Id>, given: Option<&str>| given.is_some() && filled(own) == given;
        same(self.user_id.as_ref(), user_id) || same(self.wa_id.as_ref(), phone)
    }
}

/// An id that is there and not empty.
pub(super) fn filled(id: Option<&Id>) -> Option<&str> {
    id.map(|id| id.0.as_str()).filter(|id| !id.is_empty())
}

/// The thread with a customer.
pub(super) fn thread(customer: &str) -> Place {
    let customer = customer.to_owned();
    Place::Thread(Thread { surface: Surface::Direct, post: String::new(), customer })
}

/// Where the chat can be opened, if the phone number is known.
pub(super) fn chat(phone: Option<&str>) -> Option<String> {
    phone.filter(|phone| is_number(phone)).map(|phone| format!("https://wa.me/{phone}"))
}
