//! An account of every connector, named like it, as its smallest settings say: for the rules of conversations.

use deskbridge_connectors::{Registration, Shelf};
use deskbridge_engine::config::Config;
use deskbridge_engine::{Account, Directory};
use deskbridge_laws::subjects::subjects;

const HELPDESK: &str = "zendesk";

/// Opens them.
///
/// # Panics
/// When the smallest settings are not enough.
pub(crate) fn open() -> Directory {
    let subjects = subjects();
    let tables = subjects.iter().map(|subject| (subject.kind().to_owned(), table(subject.registration)));
    let tables: toml::Table = tables.collect();
    let config = toml::Table::from_iter([("accounts".to_owned(), tables.into())]);
    let config = Config::parse(&config.to_string()).expect("the smallest settings are good");
    let accounts = subjects.into_iter().map(|subject| {
        let account = &config.accounts[subject.kind()];
        Account {
            name: subject.kind().to_owned(),
            registration: account.registration,
            connector: subject.connector,
            helpdesk: account.helpdesk.clone(),
            policy: account.policy(),
        }
    });
    Directory::new(accounts.collect())
}

fn table(registration: &Registration) -> toml::Value {
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
