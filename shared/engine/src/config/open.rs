//! From configuration and secrets to accounts that work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use deskbridge_connectors::{Connector, Door, Keys, Opened, SecretSpec, SecretUse, find};
use deskbridge_core::Policy;
use deskbridge_core::command::Verb;
use deskbridge_core::model::Surface;
use secrecy::{ExposeSecret, SecretString};

use super::{AccountConfig, Config, Problem};
use crate::directory::{Account, Directory, with_rules};
use crate::ports::Secrets;

/// As much of a connector as a process needs: the whole, or the half that stands at a door.
pub trait Openable: Door {
    /// Whether the process may see this secret.
    fn sees(secret: &SecretSpec) -> bool;

    /// Opens it for an account.
    ///
    /// # Errors
    /// Everything that is wrong with the account's settings and keys.
    fn open(account: &AccountConfig, keys: Keys) -> Opened<Self>;

    /// The rules of the account's conversations.
    fn policy(&self, account: &AccountConfig) -> Policy {
        account.policy()
    }

    /// Whether a late reply may become a template, as far as this half knows.
    fn takes_templates(&self) -> bool {
        true
    }
}

/// All that a public door may know.
impl Openable for dyn Door {
    fn sees(secret: &SecretSpec) -> bool {
        secret.used_by == SecretUse::Door
    }

    fn open(account: &AccountConfig, keys: Keys) -> Opened<Self> {
        (account.registration.open)(&account.settings, keys)
    }
}

impl Openable for dyn Connector {
    fn sees(_secret: &SecretSpec) -> bool {
        true
    }

    fn open(account: &AccountConfig, keys: Keys) -> Opened<Self> {
        let registration = find(account.registration.kind).ok_or_else(Vec::new)?;
        (registration.open)(&account.settings, keys.complete())
    }

    fn policy(&self, account: &AccountConfig) -> Policy {
        let mut policy = account.policy();
        if account.registration.surfaces.len() > 1 {
            let direct = with_rules(&policy, self.reply_rules(Surface::Direct));
            policy.direct = Some(Arc::new(direct));
        }
        policy
    }

    fn takes_templates(&self) -> bool {
        self.reply_rules(Surface::Direct).verbs.contains(&Verb::Template)
    }
}

/// Reads the secrets and opens all accounts.
///
/// # Errors
/// Everything that is missing or wrong. Nothing is opened then: a door without its secret is never mounted.
pub async fn open<C: Openable + ?Sized>(
    config: &Config,
    secrets: &impl Secrets,
) -> Result<Directory<C>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut accounts: Vec<Account<C>> = Vec::new();
    let values = read_values::<C>(config, secrets).await;
    for (name, account) in &config.accounts {
        let path = format!("accounts.{name}");
        let keys = keys_of::<C>(&path, account, &values, &mut problems);
        let connector = match C::open(account, keys) {
            Ok(connector) => connector,
            Err(found) => {
                let of_setting = |one: deskbridge_connectors::SettingProblem| {
                    Problem::new(format!("{path}.{}", one.setting), one.problem, "see the connector's README")
                };
                problems.extend(found.into_iter().map(of_setting));
                continue;
            }
        };
        if account.fallback_template.is_some() && !connector.takes_templates() {
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
        accounts.push(Account {
            name: name.clone(),
            registration: account.registration,
            policy: connector.policy(account),
            connector,
            helpdesk: account.helpdesk.clone(),
        });
    }
    if problems.is_empty() { Ok(Directory::new(accounts)) } else { Err(problems) }
}

/// The values of all secrets that are needed, by reference.
type Values = BTreeMap<String, Result<SecretString, String>>;

async fn read_values<C: Openable + ?Sized>(config: &Config, secrets: &impl Secrets) -> Values {
    let settings = config.accounts.values().flat_map(|account| {
        account.secrets.iter().filter(move |(setting, _)| is_seen::<C>(account, setting))
    });
    let references: BTreeSet<&str> =
        settings.flat_map(|(_, references)| references).map(String::as_str).collect();
    let references: Vec<&str> = references.into_iter().collect();
    let values = secrets.read_all(&references).await;
    references.into_iter().map(str::to_owned).zip(values).collect()
}

fn is_seen<C: Openable + ?Sized>(account: &AccountConfig, setting: &str) -> bool {
    account.registration.secrets.iter().find(|spec| spec.name == setting).is_some_and(C::sees)
}

fn keys_of<C: Openable + ?Sized>(
    path: &str,
    account: &AccountConfig,
    values: &Values,
    problems: &mut Vec<Problem>,
) -> Keys {
    let mut keys: BTreeMap<&str, Vec<SecretString>> = BTreeMap::new();
    for (setting, references) in &account.secrets {
        if !is_seen::<C>(account, setting) {
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
    keys.into_iter().fold(Keys::default(), |keys, (name, values)| keys.with(name, values))
}
