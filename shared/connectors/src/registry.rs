//! The registry: one line per connector. Config, schema, docs, conformance tests and the demo iterate it.

use std::ops::Deref;
use std::sync::Arc;

use deskbridge_core::Moment;
use deskbridge_core::model::Surface;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::Request;
use crate::verified::Keys;
use crate::{Connector, Door, helpdesks, platforms};

/// The two shelves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shelf {
    /// Where customers write.
    Platform,
    /// Where agents work.
    Helpdesk,
}

/// What a door, and the configuration, know of a connector before it is opened for an account.
pub struct DoorRegistration {
    /// Its name in `kind = "..."`; also the folder's name.
    pub kind: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Platform or helpdesk.
    pub shelf: Shelf,
    /// Where its customers write; empty for helpdesks.
    pub surfaces: &'static [Surface],
    /// The secrets it knows, each named by a setting that refers to it.
    pub secrets: &'static [SecretSpec],
    /// The JSON schema of its other settings.
    pub settings: fn() -> schemars::Schema,
    /// Whether settings are as the schema has them, found out without building it.
    pub fits: fn(settings: &Value) -> bool,
    /// Opens the half that stands at a door for one account. Settings have passed the schema.
    pub open: fn(settings: &Value, keys: Keys) -> Opened<dyn Door>,
}

/// Everything the bridge knows of a connector before it is opened for an account.
pub struct Registration {
    /// What a door knows of it.
    pub door: &'static DoorRegistration,
    /// Opens it for one account. Settings have passed the schema.
    pub open: fn(settings: &Value, keys: Keys) -> Opened<dyn Connector>,
    /// The smallest settings that open it, for documentation and tests.
    pub sample_settings: fn() -> Value,
    /// Signs a webhook as the remote side would: the counterpart of [`Door::verify`], for stand-ins and tests.
    pub sign: fn(request: Request, key: &SecretString, now: Moment) -> Request,
    /// Sample webhooks: the laws of connectors are checked on each, and fuzzing starts from them.
    pub fixtures: &'static [Fixture],
}

impl Deref for Registration {
    type Target = DoorRegistration;

    fn deref(&self) -> &DoorRegistration {
        self.door
    }
}

/// A connector, or half of one, opened for one account, or everything that is wrong with the account's settings.
pub type Opened<C> = Result<Arc<C>, Vec<SettingProblem>>;

/// A setting that refers to a secret.
#[derive(Clone, Copy, Debug)]
pub struct SecretSpec {
    /// The setting's name.
    pub name: &'static str,
    /// What it is and where to find it, for `check` and the schema.
    pub what: &'static str,
    /// Who needs it.
    pub used_by: SecretUse,
    /// Whether the account cannot work without it.
    pub required: bool,
    /// Whether several values are accepted during a rotation (a list in the config).
    pub several: bool,
}

/// Which part of the bridge needs a secret. The public door never sees the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretUse {
    /// Verifies webhooks.
    Door,
    /// Calls the remote API.
    Api,
}

/// A setting that passed the schema and still cannot work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The setting's name inside the account's table.
    pub setting: String,
    /// What is wrong and what to do.
    pub problem: String,
}

/// A sample webhook body, as the remote side sends it.
#[derive(Clone, Copy, Debug)]
pub struct Fixture {
    /// Its file name.
    pub name: &'static str,
    /// Its bytes.
    pub body: &'static [u8],
}

macro_rules! registry {
    ($($shelf:ident::$name:ident,)*) => {
        /// All connectors.
        pub static REGISTRY: &[&Registration] = &[$(&$shelf::$name::REGISTRATION),*];

        /// The same connectors as far as doors know them. A list of its own, so that whoever needs no more links no more.
        pub static DOORS: &[&DoorRegistration] = &[$(&$shelf::$name::DOOR),*];
    };
}

// To add a connector, add its line here.
registry! {
    platforms::facebook,
    platforms::instagram,
    platforms::whatsapp,
    platforms::x,
    helpdesks::zendesk,
    helpdesks::freshdesk,
}

/// Whether settings can be read as these.
pub(crate) fn fits<S: DeserializeOwned>(settings: &Value) -> bool {
    S::deserialize(settings).is_ok()
}

/// The connector of that kind.
#[must_use]
pub fn find(kind: &str) -> Option<&'static Registration> {
    REGISTRY.iter().copied().find(|registration| registration.kind == kind)
}

/// The same as far as a door knows it.
#[must_use]
pub fn find_door(kind: &str) -> Option<&'static DoorRegistration> {
    DOORS.iter().copied().find(|registration| registration.kind == kind)
}
