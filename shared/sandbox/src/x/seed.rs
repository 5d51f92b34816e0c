//! What the stand-in starts with: the app, its accounts, a few people and one post of each account.

use deskbridge_connectors::http::Url;

use crate::Millis;

/// Everything an [`X`](super::X) starts with.
#[derive(Clone)]
pub struct XSeed {
    /// The API key.
    pub consumer_key: String,
    /// The API key secret: signs every webhook and is part of every signature of a call.
    pub consumer_secret: String,
    /// The accounts and their doors.
    pub accounts: Vec<AccountSeed>,
    /// People who are known from the start.
    pub people: Vec<PersonSeed>,
    /// Posts of the accounts that exist from the start.
    pub posts: Vec<PostSeed>,
    /// Whether the app may answer any post, as Enterprise apps may.
    pub enterprise: bool,
    /// Whether a plain answer to the account's post counts as summons. Uncertain, so a switch.
    pub answers_summon: bool,
}

/// One account: its name, its keys and where its webhooks go.
#[derive(Clone)]
pub struct AccountSeed {
    /// The account's id, digits.
    pub id: String,
    /// The name that is shown.
    pub name: String,
    /// The @name.
    pub username: String,
    /// The OAuth 1.0a access token.
    pub access_token: String,
    /// The secret of that token.
    pub access_token_secret: String,
    /// A first OAuth 2.0 refresh token of the account, which is good for one use.
    pub refresh_token: String,
    /// The bridge's door for this account.
    pub callback: Url,
    /// Whether it may write long posts.
    pub long_posts: bool,
}

/// One person.
#[derive(Clone)]
pub struct PersonSeed {
    /// The person's id.
    pub id: String,
    /// The name that is shown.
    pub name: String,
    /// The @name.
    pub username: String,
}

/// One post of an account.
#[derive(Clone)]
pub struct PostSeed {
    /// Its id.
    pub id: String,
    /// The account.
    pub account: String,
    /// The text.
    pub text: String,
    /// When it was written.
    pub at: Millis,
}

impl XSeed {
    /// The documented world of the demo: the account `9001` "Acme" (@acme) behind the door `/hooks/acme-x` of the bridge,
    /// with one post (`900100`) and two people.
    #[must_use]
    pub fn demo(bridge: &Url) -> Self {
        let mut callback = bridge.clone();
        callback.set_path("/hooks/acme-x");
        let person = |id: &str, name: &str, username: &str| PersonSeed {
            id: id.to_owned(),
            name: name.to_owned(),
            username: username.to_owned(),
        };
        Self {
            consumer_key: "demo-consumer-key".to_owned(),
            consumer_secret: "demo-consumer-secret".to_owned(),
            accounts: vec![AccountSeed {
                id: "9001".to_owned(),
                name: "Acme".to_owned(),
                username: "acme".to_owned(),
                access_token: "9001-demo-access-token".to_owned(),
                access_token_secret: "demo-access-token-secret".to_owned(),
                refresh_token: "demo-refresh-token".to_owned(),
                callback,
                long_posts: false,
            }],
            people: vec![person("7001", "Paula Novak", "paula"), person("7002", "Omar Haddad", "omar")],
            posts: vec![PostSeed {
                id: "900100".to_owned(),
                account: "9001".to_owned(),
                text: "The new Acme kettle is here. What would you like to know?".to_owned(),
                at: 1_760_000_000_000,
            }],
            enterprise: false,
            answers_summon: false,
        }
    }
}
