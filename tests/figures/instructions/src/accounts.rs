//! An account of every connector, named like it, opened as its smallest settings say: for the rules of conversations.

use deskbridge_connectors::{REGISTRY, Registration, Shelf};
use deskbridge_engine::Directory;
use deskbridge_engine::config::{self, Config};
use deskbridge_engine::ports::Secrets;
use futures_util::FutureExt as _;
use secrecy::SecretString;

const HELPDESK: &str = "zendesk";

struct AnySecret;

impl Secrets for AnySecret {
    async fn read(&self, _reference: &str) -> Result<SecretString, String> {
        Ok(SecretString::from("a secret of thirty-two characters"))
    }
}

/// Opens them.
///
/// # Panics
/// When the smallest settings are not enough.
pub(crate) fn open() -> Directory {
    let accounts = REGISTRY.iter().map(|registration| (registration.kind.to_owned(), account(registration)));
    let accounts: toml::Table = accounts.collect();
    let config = toml::Table::from_iter([("accounts".to_owned(), accounts.into())]);
    let config = Config::parse(&config.to_string()).expect("the smallest settings are good");
    let opened = config::open(&config, &AnySecret).now_or_never().expect("nothing has to be waited for");
    opened.expect("the accounts open")
}

fn account(registration: &Registration) -> toml::Value {
    let mut account = toml::Table::try_from((registration.sample_settings)()).expect("a table");
    account.insert("kind".to_owned(), registration.kind.into());
    for secret in registration.secrets.iter().filter(|secret| secret.required) {
        account.insert(secret.name.to_owned(), format!("env:{}", secret.name).into());
    }
    if registration.shelf == Shelf::Platform {
        account.insert("helpdesk".to_owned(), HELPDESK.into());
    }
    account.into()
}
