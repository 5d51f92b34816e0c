//! What the stand-in starts with: the app, its pages, a few people and one post of each page.

use deskbridge_connectors::http::Url;

use super::instagram::{InstagramPerson, InstagramPost, InstagramSeed};
use super::limits::Rates;
use super::whatsapp::NumberSeed;

/// Everything a [`Graph`](super::Graph) starts with.
#[derive(Clone)]
pub struct GraphSeed {
    /// The app secret: signs every webhook and checks `appsecret_proof`.
    pub app_secret: String,
    /// What the handshake sends as `hub.verify_token`.
    pub verify_token: String,
    /// The pages and their doors.
    pub pages: Vec<PageSeed>,
    /// People who are known from the start.
    pub people: Vec<PersonSeed>,
    /// Posts of the pages that exist from the start.
    pub posts: Vec<PostSeed>,
    /// Instagram accounts.
    pub accounts: Vec<InstagramSeed>,
    /// WhatsApp phone numbers.
    pub numbers: Vec<NumberSeed>,
    /// Whether a write to an id that was never seen and never deleted takes that id in as a placeholder. The real
    /// platform answers such a write with 100/33; taking it in is a convenience of the demo, so that somebody who
    /// signs a webhook by hand, with ids made up, can see the reply appear.
    pub adopts_unknown: bool,
    /// The call budgets.
    pub rates: Rates,
}

/// One page: its id, its token and where the webhooks of its app go.
#[derive(Clone)]
pub struct PageSeed {
    /// The page's id, digits.
    pub id: String,
    /// The page's name.
    pub name: String,
    /// The page access token. Two pages may share one, which only the demo does.
    pub token: String,
    /// The bridge's door for this page.
    pub callback: Url,
    /// The app whose subscription this is; comes back as `app_id` in echoes of its own messages.
    pub app_id: String,
}

/// One person as one page knows them. Ids are page-scoped, and the id in feed events is another than the one in
/// Messenger (the PSID), as on the real platform.
#[derive(Clone)]
pub struct PersonSeed {
    /// The page that knows the person by these ids.
    pub page: String,
    /// The id in feed events.
    pub feed_id: String,
    /// The id in Messenger.
    pub psid: String,
    /// Full name.
    pub name: String,
}

/// One post of a page.
#[derive(Clone)]
pub struct PostSeed {
    /// The page whose post it is.
    pub page: String,
    /// `{page}_{number}`.
    pub id: String,
    /// The text.
    pub text: String,
    /// When it was written, in seconds since the Unix epoch.
    pub created: i64,
}

impl GraphSeed {
    /// The documented world of the demo: pages `1001` "Acme" and `1002` "Globex" behind the doors
    /// `/hooks/acme-facebook` and `/hooks/globex-facebook` of the bridge, with one post (`1001_100`, `1002_200`) and
    /// two people each. Both pages share the token `demo-page-token`. WhatsApp numbers `5001` and `5002` stand behind
    /// `/hooks/acme-whatsapp` and `/hooks/globex-whatsapp`, with one person who shows their phone number and one who does not.
    /// Instagram accounts `17001` (by Facebook Login, linked to page `17101`) and `17002` (by Instagram Login) stand behind
    /// `/hooks/acme-instagram` and `/hooks/globex-instagram`, with one post (`17501`, `17502`) and two people each; both have the
    /// token `demo-instagram-token`.
    #[must_use]
    pub fn demo(bridge: &Url) -> Self {
        let page = |id: &str, name: &str, app_id: &str, door: &str| {
            let mut callback = bridge.clone();
            callback.set_path(door);
            let token = "demo-page-token".to_owned();
            PageSeed { id: id.to_owned(), name: name.to_owned(), token, callback, app_id: app_id.to_owned() }
        };
        let person = |page: &str, feed_id: &str, psid: &str, name: &str| PersonSeed {
            page: page.to_owned(),
            feed_id: feed_id.to_owned(),
            psid: psid.to_owned(),
            name: name.to_owned(),
        };
        let post = |page: &str, id: &str, text: &str| PostSeed {
            page: page.to_owned(),
            id: id.to_owned(),
            text: text.to_owned(),
            created: 1_760_000_000,
        };
        let number = |id: &str, business: &str, display: &str, name: &str, door: &str| {
            let mut callback = bridge.clone();
            callback.set_path(door);
            NumberSeed {
                id: id.to_owned(),
                business: business.to_owned(),
                display: display.to_owned(),
                name: name.to_owned(),
                token: "demo-whatsapp-token".to_owned(),
                callback,
                templates: [
                    ("order_update", "en_US", "Hello {{1}}, your order {{2}} is on its way."),
                    ("come_back", "en_US", "We have news for you. Is it a good time?"),
                    ("come_back", "de", "Wir haben Neuigkeiten. Passt es gerade?"),
                ]
                .map(|(name, language, body)| (name.to_owned(), language.to_owned(), body.to_owned()))
                .to_vec(),
                people: vec![
                    ("DE.lena".to_owned(), "4915550101".to_owned(), "Lena Vogt".to_owned()),
                    ("IN.ravi".to_owned(), String::new(), "Ravi Shah".to_owned()),
                ],
            }
        };
        Self {
            app_secret: "demo-app-secret".to_owned(),
            verify_token: "demo-verify-token".to_owned(),
            pages: vec![
                page("1001", "Acme", "9001", "/hooks/acme-facebook"),
                page("1002", "Globex", "9002", "/hooks/globex-facebook"),
            ],
            people: vec![
                person("1001", "2001", "3001", "Paula Novak"),
                person("1001", "2002", "3002", "Omar Haddad"),
                person("1002", "2003", "3003", "Mei Tanaka"),
                person("1002", "2004", "3004", "Jonas Berg"),
            ],
            posts: vec![
                post("1001", "1001_100", "The new Acme kettle is here. What would you like to know?"),
                post("1002", "1002_200", "Globex delivers on Sundays now. Questions? Ask below."),
            ],
            accounts: vec![
                instagram_account(
                    bridge,
                    "acme",
                    "17001",
                    Some("17101"),
                    ("17501", "The new Acme kettle, in red."),
                    [("9101", "lena.vogt", "Lena Vogt"), ("9102", "omar_h", "Omar Haddad")],
                ),
                instagram_account(
                    bridge,
                    "globex",
                    "17002",
                    None,
                    ("17502", "Globex delivers on Sundays now."),
                    [("9103", "mei.tanaka", "Mei Tanaka"), ("9104", "jonas_b", "Jonas Berg")],
                ),
            ],
            numbers: vec![
                number("5001", "4001", "15550001", "Acme", "/hooks/acme-whatsapp"),
                number("5002", "4002", "15550002", "Globex", "/hooks/globex-whatsapp"),
            ],
            adopts_unknown: true,
            rates: Rates::default(),
        }
    }
}

fn instagram_account(
    bridge: &Url,
    name: &str,
    id: &str,
    page: Option<&str>,
    (post, caption): (&str, &str),
    people: [(&str, &str, &str); 2],
) -> InstagramSeed {
    let mut callback = bridge.clone();
    callback.set_path(&format!("/hooks/{name}-instagram"));
    let person = |(id, username, name): (&str, &str, &str)| InstagramPerson {
        id: id.to_owned(),
        username: username.to_owned(),
        name: name.to_owned(),
    };
    InstagramSeed {
        id: id.to_owned(),
        username: name.to_owned(),
        page: page.map(str::to_owned),
        token: "demo-instagram-token".to_owned(),
        callback,
        people: people.map(person).into(),
        posts: vec![InstagramPost { id: post.to_owned(), caption: caption.to_owned() }],
    }
}
