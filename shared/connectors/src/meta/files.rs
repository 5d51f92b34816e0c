//! Files on Meta's platforms: where customers' are, and how agents' are sent in Messenger and Instagram.

use deskbridge_core::effect::{Effect, NewReply, Outcome, Reason, Refusal};
use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::{Attachment, Surface};
use serde::Deserialize;
use serde_json::{Value, json};

use super::graph::{Graph, Halt, Replay, answer_to, call, refused};
use super::sending::{self, Declared};
use super::wire::{Id, lenient};
use crate::files::{Hosts, Multipart};
use crate::http::{Exchange, Method, Request};
use crate::{Next, Trouble};

/// Where Meta keeps what people send.
const HOSTS: &[&str] = &[".fbcdn.net", ".fbsbx.com", ".cdninstagram.com"];

/// What platforms of Meta call things that are files.
pub(crate) const KINDS: &[&str] = &["photo", "sticker", "video", "audio", "file", "story"];

/// From where the files of an account may be fetched.
pub(crate) fn hosts(graph: &Graph) -> Hosts {
    Hosts::new(&graph.base, HOSTS)
}

/// Finds a file: by the address from the webhook, and if that is dead, by the one that the API tells now.
pub(crate) fn find(
    replay: &mut Replay<'_>,
    surface: Surface,
    message: &str,
    at: u32,
    attachment: &Attachment,
) -> Result<RemoteFile, Halt> {
    let Some(file) = &attachment.file else { return Err(Halt::refused(Reason::Gone, "no file")) };
    let dead = match replay.look(&file.by, attachment)? {
        Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Gone => refusal,
        found => return found.map_err(Halt::Trouble),
    };
    match address_now(replay, surface, message, at)? {
        Some(address) if address != file.by => replay.look(&address, attachment)?.map_err(Halt::Trouble),
        _ => Err(Halt::Trouble(Trouble::Refused(dead))),
    }
}

/// A file's address as the API tells it now, if it does.
fn address_now(
    replay: &mut Replay<'_>,
    surface: Surface,
    message: &str,
    at: u32,
) -> Result<Option<String>, Halt> {
    #[derive(Default, Deserialize)]
    struct Carrier {
        /// Of messages.
        #[serde(default, deserialize_with = "lenient")]
        attachments: Option<Several>,
        /// Of comments.
        #[serde(default, deserialize_with = "lenient")]
        attachment: Option<Carried>,
    }
    #[derive(Deserialize)]
    struct Several {
        #[serde(default)]
        data: Vec<Carried>,
    }
    #[derive(Default, Deserialize)]
    struct Carried {
        #[serde(default, deserialize_with = "lenient")]
        image_data: Option<At>,
        #[serde(default, deserialize_with = "lenient")]
        video_data: Option<At>,
        #[serde(default, deserialize_with = "lenient")]
        file_url: Option<String>,
        #[serde(default, deserialize_with = "lenient")]
        media: Option<Media>,
    }
    #[derive(Deserialize)]
    struct Media {
        #[serde(default, deserialize_with = "lenient")]
        source: Option<String>,
        #[serde(default, deserialize_with = "lenient")]
        image: Option<At>,
    }
    #[derive(Deserialize)]
    struct At {
        #[serde(default, alias = "src", deserialize_with = "lenient")]
        url: Option<String>,
    }
    let fields = match surface {
        Surface::Direct => "attachments{image_data,video_data,file_url}",
        Surface::Public => "attachment{media}",
    };
    let carrier = match replay.ask::<Carrier>(&[message], &[("fields", fields)])? {
        Ok(carrier) => carrier,
        Err(Trouble::Refused(refusal)) if refusal.reason != Reason::Token => return Ok(None),
        Err(trouble) => return Err(Halt::Trouble(trouble)),
    };
    let nth = usize::try_from(at).unwrap_or(usize::MAX);
    let carried = match surface {
        Surface::Direct => carrier.attachments.and_then(|several| several.data.into_iter().nth(nth)),
        Surface::Public => carrier.attachment.filter(|_| at == 0),
    };
    Ok(carried.and_then(|one| {
        let data = one.image_data.or(one.video_data).and_then(|at| at.url);
        let media = one.media.and_then(|media| media.source.or(media.image.and_then(|image| image.url)));
        data.or(one.file_url).or(media)
    }))
}

/// How messages call a file.
fn kind_of(file: &RemoteFile) -> &'static str {
    match file.family() {
        "image" => "image",
        "video" => "video",
        "audio" => "audio",
        _ => "file",
    }
}

/// Sends a file as a direct message: uploaded first, which nobody sees, then named by its id. `fields` go with the upload.
pub(crate) fn message(
    graph: &Graph,
    sender: &str,
    (effect, reply, file): (&Effect, &NewReply, Option<&RemoteFile>),
    fields: &[(&str, &str)],
    exchanges: &[Exchange],
    send: impl Fn(Declared, Value) -> Result<Request, Refusal>,
) -> Next<Outcome> {
    let Some(file) = file else { return refused(Refusal::new(Reason::Invalid, "no file")) };
    if let Some(refusal) = sending::closed(graph, effect, reply) {
        return refused(refusal);
    }
    let Some((uploaded, after)) = exchanges.split_first() else {
        return call(upload(graph, sender, effect, file, fields));
    };
    let attachment = match answer_to::<Uploaded>(graph, uploaded) {
        Ok(uploaded) => uploaded.attachment_id.0,
        Err(outcome) => return Next::Settled(outcome),
    };
    let part = json!({"type": kind_of(file), "payload": {"attachment_id": attachment}});
    sending::message(graph, effect, reply, after, |declared| send(declared, part.clone()))
}

#[derive(Deserialize)]
struct Uploaded {
    attachment_id: Id,
}

fn upload(
    graph: &Graph,
    sender: &str,
    effect: &Effect,
    file: &RemoteFile,
    fields: &[(&str, &str)],
) -> Result<Request, Refusal> {
    let message = json!({"attachment": {"type": kind_of(file), "payload": {"is_reusable": true}}});
    let form = Multipart::new(effect.id).field("message", &message.to_string());
    let form = fields.iter().fold(form, |form, (name, value)| form.field(name, value));
    let request = graph.request(Method::POST, &[sender, "message_attachments"], &[])?;
    Ok(form.file("filedata", file).on(request))
}
