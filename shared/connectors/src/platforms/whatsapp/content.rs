//! What a message carries, by its type, and how it reads for an agent.

use deskbridge_core::file::FileRef;
use deskbridge_core::model::Attachment;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::json::Part;
use crate::meta::wire::{Id, lenient, link};

/// A message's own words and what came with them.
#[derive(Default)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) context: Vec<String>,
}

/// Reads the part of a message that is named like its type; `None` if the type is unknown or the part is of another shape.
pub(super) fn read(kind: &str, message: Part<'_>) -> Option<Content> {
    match kind {
        "text" => get(message, kind).map(|text: Text| Content::of_text(text.body)),
        "image" | "video" | "audio" | "document" | "sticker" => {
            get(message, kind).map(|media: Media| media.content(kind))
        }
        "location" => get(message, kind).map(Location::content),
        "contacts" => get(message, kind)
            .map(|cards: Vec<Card>| Content::with(cards.iter().map(Card::attachment).collect())),
        "button" => get(message, kind).map(Button::content),
        "interactive" => get(message, kind).and_then(Interactive::content),
        "order" => get(message, kind).map(Order::content),
        "unsupported" => Some(get(message, kind).unwrap_or_else(Unsupported::default).content()),
        _ => None,
    }
}

fn get<'a, T: Deserialize<'a>>(message: Part<'a>, name: &str) -> Option<T> {
    message.get(name)?.read().ok()
}

impl Content {
    fn of_text(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    fn with(attachments: Vec<Attachment>) -> Self {
        Self { attachments, ..Self::default() }
    }
}

#[derive(Deserialize)]
struct Text {
    body: String,
}

/// The file itself can only be fetched with our token, and for a few minutes, so no link is shown.
#[derive(Deserialize)]
struct Media {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    mime_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    caption: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    filename: Option<String>,
    #[serde(default)]
    voice: bool,
}

impl Media {
    fn content(self, kind: &str) -> Content {
        let kind = match kind {
            "image" => "photo",
            "document" => "file",
            "audio" if self.voice => "voice message",
            other => other,
        };
        let title = self.filename.or_else(|| Some("open it in WhatsApp".to_owned()));
        let file = self.id.filter(|id| !id.0.is_empty());
        let file = file.map(|id| FileRef { content_type: self.mime_type, ..FileRef::by(id.0) });
        let attachment = Attachment { kind: kind.to_owned(), url: None, title, file };
        Content { text: self.caption.unwrap_or_default(), ..Content::with(vec![attachment]) }
    }
}

#[derive(Deserialize)]
struct Location {
    latitude: f64,
    longitude: f64,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    address: Option<String>,
}

impl Location {
    fn content(self) -> Content {
        let url = format!("https://www.openstreetmap.org/?mlat={}&mlon={}", self.latitude, self.longitude);
        let title: Vec<String> = [self.name, self.address].into_iter().flatten().collect();
        let title = (!title.is_empty()).then(|| title.join(", "));
        Content::with(vec![Attachment { kind: "location".to_owned(), url: link(&url), title, file: None }])
    }
}

/// A person's card.
#[derive(Deserialize)]
struct Card {
    #[serde(default, deserialize_with = "lenient")]
    name: Option<CardName>,
    #[serde(default, deserialize_with = "lenient")]
    phones: Option<Vec<Phone>>,
}

#[derive(Deserialize)]
struct CardName {
    #[serde(default, deserialize_with = "lenient")]
    formatted_name: Option<String>,
}

#[derive(Deserialize)]
struct Phone {
    #[serde(default, deserialize_with = "lenient")]
    phone: Option<String>,
}

impl Card {
    fn attachment(&self) -> Attachment {
        let name = self.name.as_ref().and_then(|name| name.formatted_name.clone());
        let phones = self.phones.iter().flatten().filter_map(|phone| phone.phone.clone());
        let title: Vec<String> = name.into_iter().chain(phones).collect();
        Attachment { kind: "contact".to_owned(), url: None, title: Some(title.join(", ")), file: None }
    }
}

/// The button of a template.
#[derive(Deserialize)]
struct Button {
    text: String,
    #[serde(default, deserialize_with = "lenient")]
    payload: Option<String>,
}

impl Button {
    fn content(self) -> Content {
        pressed(self.text, self.payload)
    }
}

fn pressed(text: String, payload: Option<String>) -> Content {
    let mut context = format!("pressed \"{text}\"");
    if let Some(payload) = payload.filter(|payload| *payload != text && !payload.is_empty()) {
        context.push_str(&format!(" ({payload})"));
    }
    Content { text, context: vec![context], ..Content::default() }
}

#[derive(Deserialize)]
struct Interactive {
    #[serde(default, deserialize_with = "lenient")]
    button_reply: Option<Choice>,
    #[serde(default, deserialize_with = "lenient")]
    list_reply: Option<Choice>,
    #[serde(default, deserialize_with = "lenient")]
    nfm_reply: Option<Form>,
}

#[derive(Deserialize)]
struct Choice {
    title: String,
    #[serde(default, deserialize_with = "lenient")]
    id: Option<String>,
}

/// An answered form; the answers are JSON inside a text.
#[derive(Deserialize)]
struct Form {
    #[serde(default, deserialize_with = "lenient")]
    body: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    response_json: Option<String>,
}

impl Interactive {
    fn content(self) -> Option<Content> {
        if let Some(choice) = self.button_reply.or(self.list_reply) {
            return Some(pressed(choice.title, choice.id));
        }
        self.nfm_reply.map(Form::content)
    }
}

impl Form {
    fn content(self) -> Content {
        let answers: Map<String, Value> =
            self.response_json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        // The token names the form to its maker and says nothing.
        let answers = answers.iter().filter(|(name, _)| *name != "flow_token");
        let lines = answers.map(|(name, answer)| match answer {
            Value::String(text) => format!("{name}: {text}"),
            other => format!("{name}: {other}"),
        });
        let text: Vec<String> = self.body.into_iter().chain(lines).collect();
        Content { text: text.join("\n"), context: vec!["answered a form".to_owned()], ..Content::default() }
    }
}

#[derive(Deserialize)]
struct Order {
    #[serde(default, deserialize_with = "lenient")]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    product_items: Option<Vec<Item>>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default, deserialize_with = "lenient")]
    product_retailer_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    quantity: Option<Value>,
    #[serde(default, deserialize_with = "lenient")]
    item_price: Option<Value>,
    #[serde(default, deserialize_with = "lenient")]
    currency: Option<String>,
}

impl Order {
    fn content(self) -> Content {
        let items = self.product_items.iter().flatten().map(Item::line);
        let text: Vec<String> = self.text.into_iter().chain(items).collect();
        Content { text: text.join("\n"), context: vec!["sent an order".to_owned()], ..Content::default() }
    }
}

impl Item {
    fn line(&self) -> String {
        let bare = |value: &Option<Value>| {
            value
                .as_ref()
                .map_or_else(|| "?".to_owned(), |value| value.to_string().trim_matches('"').to_owned())
        };
        let product = self.product_retailer_id.as_ref().map_or("?", |id| &id.0);
        let currency = self.currency.as_deref().unwrap_or_default();
        format!("{} × {product} at {} {currency}", bare(&self.quantity), bare(&self.item_price))
    }
}

/// WhatsApp does not hand it over: a poll, a view-once photo, an edit, a new kind.
#[derive(Default, Deserialize)]
struct Unsupported {
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
}

impl Unsupported {
    fn content(self) -> Content {
        let mut content = Content::with(vec![Attachment {
            kind: "unsupported".to_owned(),
            url: None,
            title: self.kind.clone(),
            file: None,
        }]);
        if self.kind.as_deref() == Some("edit") {
            content
                .context
                .push("an earlier message was edited; its new text is shown in WhatsApp only".to_owned());
        }
        content
    }
}

/// How the customer came to the chat.
#[derive(Deserialize)]
pub(super) struct Referral {
    #[serde(default, deserialize_with = "lenient")]
    headline: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    source_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    source_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    source_url: Option<String>,
}

impl Referral {
    pub(super) fn words(&self) -> String {
        let source = self.source_type.as_deref().unwrap_or("ad");
        let article = if source == "ad" { "the ad".to_owned() } else { format!("the {source}") };
        let mut words = match (&self.headline, &self.source_id) {
            (Some(headline), _) => format!("came from {article} \"{headline}\""),
            (None, Some(id)) => format!("came from {article} {id}"),
            (None, None) => format!("came from {article}"),
        };
        if let Some(url) = self.source_url.as_deref().and_then(link) {
            words.push_str(&format!(", {url}"));
        }
        words
    }
}
