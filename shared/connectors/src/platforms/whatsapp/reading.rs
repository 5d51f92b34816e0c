//! Whether all is set up. Names come with the webhooks, and nothing else can be read.

use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::Attachment;
use serde::Deserialize;
use serde_json::Value;

use super::WhatsApp;
use crate::http::{Exchange, Request, Url};
use crate::meta::graph::{Halt, List, Replay, next};
use crate::meta::wire::lenient;
use crate::{Context, Next, Query, Reading, Trouble};

/// Reads something.
pub(super) fn read(
    whatsapp: &WhatsApp,
    query: &Query,
    exchanges: &[Exchange],
) -> Next<Result<Reading, Trouble>> {
    let mut replay = Replay::new(&whatsapp.graph, exchanges);
    let read = match query {
        Query::Context { .. } => Ok(Reading::Context(Context::default())),
        Query::File { attachment, .. } => {
            file(&mut replay, attachment).map(|file| Reading::File(Box::new(file)))
        }
        Query::Health => health(&mut replay, &whatsapp.business_account).map(Reading::Healthy),
        Query::Owner { .. } => Err(Halt::refused(Reason::Gone, "WhatsApp shows no messages")),
        Query::Replies { .. } | Query::Ticket { .. } | Query::Agent { .. } | Query::Changed { .. } => {
            Err(Halt::refused(Reason::Invalid, "not a platform's query"))
        }
        Query::Missed { .. } => Err(Halt::refused(Reason::Invalid, "Meta lists nothing that was missed")),
    };
    next(read, |read| read)
}

/// Finds a file by its id: that gives an address for five minutes, where the file is fetched with our token.
fn file(replay: &mut Replay<'_>, attachment: &Attachment) -> Result<RemoteFile, Halt> {
    #[derive(Deserialize)]
    struct Media {
        #[serde(default, deserialize_with = "lenient")]
        url: Option<String>,
    }
    let Some(file) = &attachment.file else { return Err(Halt::refused(Reason::Gone, "no file")) };
    let (media, phone) = (file.by.clone(), replay.graph.account.clone());
    let found = replay.ask::<Media>(&[&media], &[("phone_number_id", &phone)])?;
    let media = found.map_err(|trouble| match trouble {
        // Ids of media live for a week. A refusal that is not about the token is about this file.
        Trouble::Refused(refusal) if refusal.reason != Reason::Token => {
            Halt::Trouble(Trouble::Refused(Refusal { reason: Reason::Gone, ..refusal }))
        }
        trouble => Halt::Trouble(trouble),
    })?;
    let Some(url) = media.url else { return Err(Halt::refused(Reason::Gone, "no address")) };
    let token = replay.graph.token.clone();
    let ask = |url: &Url| match &token {
        Some(token) => Request::get(url.clone()).bearer(token),
        None => Request::get(url.clone()),
    };
    replay.look_with(&url, attachment, ask)?.map_err(Halt::Trouble)
}

/// Whether the token works for this number, and some app is subscribed to its business account.
fn health(replay: &mut Replay<'_>, business_account: &str) -> Result<String, Halt> {
    #[derive(Deserialize)]
    struct Number {
        #[serde(default, deserialize_with = "lenient")]
        verified_name: Option<String>,
        #[serde(default, deserialize_with = "lenient")]
        display_phone_number: Option<String>,
    }
    let account = replay.graph.account.clone();
    let number: Number = replay.get(&[&account], &[("fields", "verified_name,display_phone_number")])?;
    let apps: List<Value> = replay.get(&[business_account, "subscribed_apps"], &[])?;
    if apps.data.is_empty() {
        let refusal =
            Refusal::new(Reason::Permission, "no app is subscribed to the WhatsApp Business account");
        return Err(Halt::Trouble(Trouble::Refused(refusal)));
    }
    let parts = [number.verified_name, number.display_phone_number];
    let name = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    Ok(if name.is_empty() { account } else { name })
}
