//! The conversations that customers can have.

use deskbridge_core::ConversationKey;
use deskbridge_core::model::{Surface, Thread};
use deskbridge_sandbox::graph::{Act, InstagramMessage, NewAttachment, NewMessage, WhatsAppMessage};
use serde_json::json;

/// One of the conversations that customers can have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Talk {
    /// The page's or phone number's id.
    pub(crate) page: &'static str,
    pub(crate) account: &'static str,
    pub(crate) place: Place,
    pub(crate) person: &'static str,
}

/// Where people talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Under this post.
    Comments(&'static str),
    Messenger,
    /// Under this post of an Instagram account. Nobody tells what is deleted there, so nobody deletes.
    InstagramComments(&'static str),
    InstagramMessages,
    WhatsApp,
    /// Under this post on X. Nobody tells what is deleted there, so nobody deletes.
    XAnswers(&'static str),
    XMessages,
}

const fn talk(page: &'static str, account: &'static str, place: Place, person: &'static str) -> Talk {
    Talk { page, account, place, person }
}

/// The even ones go to Zendesk.
pub(crate) const TALKS: [Talk; 20] = [
    talk("1001", "acme-facebook", Place::Comments("1001_100"), "2001"),
    talk("1002", "globex-facebook", Place::Comments("1002_200"), "2003"),
    talk("1001", "acme-facebook", Place::Messenger, "3001"),
    talk("1002", "globex-facebook", Place::Messenger, "3003"),
    talk("5001", "acme-whatsapp", Place::WhatsApp, "DE.lena"),
    talk("5002", "globex-whatsapp", Place::WhatsApp, "IN.ravi"),
    talk("1001", "acme-facebook", Place::Comments("1001_100"), "2002"),
    talk("1002", "globex-facebook", Place::Comments("1002_200"), "2004"),
    talk("1001", "acme-facebook", Place::Messenger, "3002"),
    talk("1002", "globex-facebook", Place::Messenger, "3004"),
    talk("5001", "acme-whatsapp", Place::WhatsApp, "IN.ravi"),
    talk("5002", "globex-whatsapp", Place::WhatsApp, "DE.lena"),
    talk("17001", "acme-instagram", Place::InstagramComments("17501"), "9101"),
    talk("17002", "globex-instagram", Place::InstagramComments("17502"), "9103"),
    talk("17001", "acme-instagram", Place::InstagramMessages, "9102"),
    talk("17002", "globex-instagram", Place::InstagramMessages, "9104"),
    talk("9001", "acme-x", Place::XAnswers("900100"), "7001"),
    talk("9002", "globex-x", Place::XAnswers("900200"), "7002"),
    talk("9001", "acme-x", Place::XMessages, "7001"),
    talk("9002", "globex-x", Place::XMessages, "7002"),
];

impl Talk {
    /// The name of the conversation, as it begins.
    pub(crate) fn key(&self) -> String {
        self.key_of(self.person)
    }

    /// The name that the conversation would have under that id of its customer.
    pub(crate) fn key_of(&self, person: &str) -> String {
        let customer = person.to_owned();
        let thread = match self.place {
            Place::Comments(post) | Place::InstagramComments(post) | Place::XAnswers(post) => {
                Thread { surface: Surface::Public, post: post.to_owned(), customer }
            }
            Place::Messenger | Place::InstagramMessages | Place::WhatsApp | Place::XMessages => {
                Thread { surface: Surface::Direct, post: String::new(), customer }
            }
        };
        ConversationKey::new(self.account, &thread).to_string()
    }

    /// A moment in the precision in which the platform tells it.
    pub(crate) fn moment(&self, now: i64) -> i64 {
        match self.place {
            Place::Messenger | Place::InstagramMessages | Place::XAnswers(_) | Place::XMessages => now,
            Place::Comments(_) | Place::InstagramComments(_) | Place::WhatsApp => now.div_euclid(1000) * 1000,
        }
    }

    /// Whether they talk on X.
    pub(crate) fn is_on_x(&self) -> bool {
        matches!(self.place, Place::XAnswers(_) | Place::XMessages)
    }

    /// A message of the customer with that id, if it is a direct one; perhaps with a photo of the sandbox.
    pub(crate) fn message(&self, person: String, text: &str, photo: Option<String>) -> Option<Act> {
        let attached = |url: &String| NewAttachment {
            kind: "image".to_owned(),
            url: Some(url.clone()),
            ..NewAttachment::default()
        };
        let text = Some(text.to_owned());
        match self.place {
            Place::Comments(_) | Place::InstagramComments(_) | Place::XAnswers(_) | Place::XMessages => None,
            Place::Messenger => Some(Act::Message(NewMessage {
                page: self.page.to_owned(),
                person,
                text,
                attachments: photo.iter().map(attached).collect(),
                ..NewMessage::default()
            })),
            Place::InstagramMessages => Some(Act::InstagramMessage(InstagramMessage {
                account: self.page.to_owned(),
                person,
                text,
                attachments: photo.iter().map(attached).collect(),
                ..InstagramMessage::default()
            })),
            Place::WhatsApp => Some(Act::WhatsappMessage(WhatsAppMessage {
                number: self.page.to_owned(),
                person,
                kind: photo.as_ref().map(|_| "image".to_owned()),
                part: photo.map(|photo| json!({"id": photo, "caption": text})),
                text,
                ..WhatsAppMessage::default()
            })),
        }
    }
}
