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
    /// The OAuth 2.0 client id, of a confidential client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The app's own bearer token.
    pub app_token: String,
    /// The id of the app's webhook.
    pub webhook_id: String,
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
        let account = |id: &str, name: &str, username: &str, door: &str| {
            let mut callback = bridge.clone();
            callback.set_path(door);
            AccountSeed {
                id: id.to_owned(),
                name: name.to_owned(),
                username: username.to_owned(),
                access_token: format!("{id}-demo-access-token"),
                access_token_secret: "demo-access-token-secret".to_owned(),
                refresh_token: format!("{id}-demo-refresh-token"),
                callback,
                long_posts: false,
            }
        };
        let post = |id: &str, account: &str, text: &str| PostSeed {
            id: id.to_owned(),
            account: account.to_owned(),
            text: text.to_owned(),
            at: 1_760_000_000_000,
        };
        let person = |id: &str, name: &str, username: &str| PersonSeed {
            id: id.to_owned(),
            name: name.to_owned(),
            username: username.to_owned(),
        };
        Self {
            consumer_key: "demo-consumer-key".to_owned(),
            consumer_secret: "demo-consumer-secret".to_owned(),
            client_id: "demo-client".to_owned(),
            client_secret: "demo-x-client-secret".to_owned(),
            app_token: "demo-x-app-token".to_owned(),
            webhook_id: "770001".to_owned(),
            accounts: vec![
                account("9001", "Acme", "acme", "/hooks/acme-x"),
                account("9002", "Globex", "globex", "/hooks/globex-x"),
            ],
            people: vec![person("7001", "Paula Novak", "paula"), person("7002", "Omar Haddad", "omar")],
            posts: vec![
                post("900100", "9001", "The new Acme kettle is here. What would you like to know?"),
                post("900200", "9002", "Globex delivers on Sundays now. Questions? Ask here."),
            ],
            enterprise: false,
            answers_summon: false,
        }
    }
}
