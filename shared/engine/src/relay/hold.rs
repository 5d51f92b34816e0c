//! Keeping for a person what the bridge cannot deal with: whole, with the reason, and never twice.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_core::digest;
use deskbridge_core::model::What;

use super::{Delivery, Disposition, Mail};
use crate::bridge::Bridge;
use crate::envelope::{Cargo, Envelope};
use crate::ports::{Clock, Held, HeldKind, Store, World};
use crate::telemetry::Line;

/// Quarantines a delivery whose envelope cannot be read, or on which the relay fails.
pub async fn hold_undecodable<W: World>(bridge: &Bridge<W>, delivery: &Delivery, why: &str) -> Disposition {
    let held = Held {
        id: format!("{:016x}", digest(&["undecodable", &delivery.body])),
        kind: HeldKind::Quarantine,
        account: String::new(),
        conversation: None,
        reason: why.to_owned(),
        since: bridge.world.clock().now(),
        body: BASE64.encode(&delivery.body),
        piece: None,
        envelopes: Vec::new(),
    };
    keep(bridge, held).await
}

/// Quarantines a delivery that carries something not understood.
pub(crate) async fn hold_mail<W: World>(bridge: &Bridge<W>, mail: &Mail, why: &str) -> Disposition {
    let envelope = &mail.envelope;
    let (body, piece, envelopes) = match &envelope.cargo {
        Cargo::Unreadable { body, piece, .. } => (body.clone(), piece.clone(), Vec::new()),
        Cargo::Event(event) => match &event.what {
            What::Unknown { raw, .. } => (BASE64.encode(raw), None, Vec::new()),
            _ => (String::new(), None, vec![envelope.clone()]),
        },
    };
    let held = Held {
        id: envelope.id.clone(),
        kind: HeldKind::Quarantine,
        account: envelope.account.clone(),
        conversation: None,
        reason: why.to_owned(),
        since: envelope.received_at,
        body,
        piece,
        envelopes,
    };
    keep(bridge, held).await
}

/// Parks what `about` was about: an effect, or a ticket. The same thing parked again is the same record.
pub(crate) async fn park<W: World>(
    bridge: &Bridge<W>,
    account: &str,
    conversation: &str,
    about: &str,
    reason: String,
    envelopes: Vec<Envelope>,
) -> Disposition {
    let ids: Vec<&str> = envelopes.iter().map(|envelope| envelope.id.as_str()).collect();
    let held = Held {
        id: format!("{:016x}", digest(&["parked", conversation, about, &ids.join(" ")])),
        kind: HeldKind::Parked,
        account: account.to_owned(),
        conversation: Some(conversation.to_owned()),
        reason,
        since: bridge.world.clock().now(),
        body: String::new(),
        piece: None,
        envelopes,
    };
    keep(bridge, held).await
}

async fn keep<W: World>(bridge: &Bridge<W>, held: Held) -> Disposition {
    match bridge.world.store().hold(&held).await {
        Ok(()) => {
            let kind = held.kind.name();
            bridge.world.record(&Line::Held { kind, account: held.account, reason: held.reason });
            Disposition::Done
        }
        Err(fault) => {
            bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
            Disposition::again(Duration::from_secs(5), "the store cannot keep it")
        }
    }
}
