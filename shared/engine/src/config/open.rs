//! From configuration and secrets to accounts that work.

use std::collections::BTreeMap;

use deskbridge_connectors::{Keys, SecretUse};
use secrecy::{ExposeSecret, SecretString};

use super::{AccountConfig, Config, Problem};
use crate::directory::{Account, Directory};
use crate::ports::Secrets;

/// Which secrets a process gets to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// Those that verify webhooks: all that a public door may know.
    Doors,
    /// All.
    Everything,
}

/// Reads the secrets and opens all accounts.
///
/// # Errors
/// Everything that is missing or wrong. Nothing is opened then: a door without its secret is never mounted.
pub async fn open(
    config: &Config,
    secrets: &impl Secrets,
    needed: Needed,
) -> Result<Directory, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut accounts: Vec<Account> = Vec::new();
    for (name, account) in &config.accounts {
        let path = format!("accounts.{name}");
        let keys = read_keys(&path, account, secrets, needed, &mut problems).await;
        let connector = match (account.registration.open)(&account.settings, keys) {
            Ok(connector) => connector,
            Err(found) => {
                let of_setting = |one: deskbridge_connectors::SettingProblem| {
                    Problem::new(format!("{path}.{}", one.setting), one.problem, "see the connector's README")
                };
                problems.extend(found.into_iter().map(of_setting));
                continue;
            }
        };
        let twin = accounts.iter().find(|other| {
            other.registration.kind == account.registration.kind
                && other.connector.owner() == connector.owner()
        });
        if let Some(twin) = twin {
            let problem =
                format!("duplicate account: {} already stands for {}", twin.name, connector.owner());
            problems.push(Problem::new(&path, problem, "remove one of them"));
        }
        accounts.push(Account {
            name: name.clone(),
            registration: account.registration,
            connector,
            helpdesk: account.helpdesk.clone(),
            policy: account.policy(),
        });
    }
    if problems.is_empty() { Ok(Directory::new(accounts)) } else { Err(problems) }
}

async fn read_keys(
    path: &str,
    account: &AccountConfig,
    secrets: &impl Secrets,
    needed: Needed,
    problems: &mut Vec<Problem>,
) -> Keys {
    let mut keys: BTreeMap<&str, Vec<SecretString>> = BTreeMap::new();
    for (setting, references) in &account.secrets {
        let spec = account.registration.secrets.iter().find(|spec| spec.name == setting);
        if needed == Needed::Doors && spec.is_none_or(|spec| spec.used_by != SecretUse::Door) {
            continue;
        }
        for reference in references {
            let value = secrets.read(reference).await;
            match value {
                Ok(value) if value.expose_secret().is_empty() => {
                    problems.push(Problem::new(
                        format!("{path}.{setting}"),
                        format!("the secret {reference} is empty"),
                        "put its value there",
                    ));
                }
                Ok(value) => keys.entry(setting).or_default().push(value),
                Err(why) => {
                    let problem = format!("the secret {reference} cannot be read: {why}");
                    problems.push(Problem::new(format!("{path}.{setting}"), problem, "put its value there"));
                }
            }
        }
    }
    let keys = keys.into_iter().fold(Keys::default(), |keys, (name, values)| keys.with(name, values));
    match needed {
        Needed::Doors => keys,
        Needed::Everything => keys.complete(),
    }
}
