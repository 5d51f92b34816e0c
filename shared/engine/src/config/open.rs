//! From configuration and secrets to accounts that work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use deskbridge_connectors::{Keys, SecretUse};
use deskbridge_core::command::Verb;
use deskbridge_core::model::Surface;
use secrecy::{ExposeSecret, SecretString};

use super::{AccountConfig, Config, Problem};
use crate::directory::{Account, Directory, with_rules};
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
    let values = read_values(config, secrets, needed).await;
    for (name, account) in &config.accounts {
        let path = format!("accounts.{name}");
        let keys = keys_of(&path, account, &values, needed, &mut problems);
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
        let verbs = connector.reply_rules(Surface::Direct).verbs;
        if account.fallback_template.is_some() && !verbs.contains(&Verb::Template) {
            let problem = format!("{} has no templates", account.registration.title);
            problems.push(Problem::new(format!("{path}.fallback_template"), problem, "remove the setting"));
        }
        let twin = accounts.iter().find(|other| {
            other.registration.kind == account.registration.kind
                && other.connector.owner() == connector.owner()
        });
        if let Some(twin) = twin {
            let problem =
                format!("duplicate account: {} already stands for {}", twin.name, connector.owner());
            problems.push(Problem::new(&path, problem, "remove one of them"));
        }
        let mut policy = account.policy();
        if account.registration.surfaces.len() > 1 {
            let direct = with_rules(&policy, connector.reply_rules(Surface::Direct));
            policy.direct = Some(Arc::new(direct));
        }
        accounts.push(Account {
            name: name.clone(),
            registration: account.registration,
            connector,
            helpdesk: account.helpdesk.clone(),
            policy,
        });
    }
    if problems.is_empty() { Ok(Directory::new(accounts)) } else { Err(problems) }
}

/// The values of all secrets that are needed, by reference.
type Values = BTreeMap<String, Result<SecretString, String>>;

async fn read_values(config: &Config, secrets: &impl Secrets, needed: Needed) -> Values {
    let settings = config.accounts.values().flat_map(|account| {
        account.secrets.iter().filter(move |(setting, _)| is_needed(account, setting, needed))
    });
    let references: BTreeSet<&str> =
        settings.flat_map(|(_, references)| references).map(String::as_str).collect();
    let references: Vec<&str> = references.into_iter().collect();
    let values = secrets.read_all(&references).await;
    references.into_iter().map(str::to_owned).zip(values).collect()
}

fn is_needed(account: &AccountConfig, setting: &str, needed: Needed) -> bool {
    let spec = account.registration.secrets.iter().find(|spec| spec.name == setting);
    needed == Needed::Everything || spec.is_some_and(|spec| spec.used_by == SecretUse::Door)
}

fn keys_of(
    path: &str,
    account: &AccountConfig,
    values: &Values,
    needed: Needed,
    problems: &mut Vec<Problem>,
) -> Keys {
    let mut keys: BTreeMap<&str, Vec<SecretString>> = BTreeMap::new();
    for (setting, references) in &account.secrets {
        if !is_needed(account, setting, needed) {
            continue;
        }
        for reference in references {
            let problem = match values.get(reference) {
                Some(Ok(value)) if value.expose_secret().is_empty() => {
                    format!("the secret {reference} is empty")
                }
                Some(Ok(value)) => {
                    keys.entry(setting).or_default().push(value.clone());
                    continue;
                }
                Some(Err(why)) => format!("the secret {reference} cannot be read: {why}"),
                None => format!("the secret {reference} was not read"),
            };
            problems.push(Problem::new(format!("{path}.{setting}"), problem, "put its value there"));
        }
    }
    let keys = keys.into_iter().fold(Keys::default(), |keys, (name, values)| keys.with(name, values));
    match needed {
        Needed::Doors => keys,
        Needed::Everything => keys.complete(),
    }
}
