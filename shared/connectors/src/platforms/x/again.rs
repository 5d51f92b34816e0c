//! Asking X to send the webhooks of an outage again.

use std::time::Duration;

use deskbridge_core::Moment;
use secrecy::SecretString;
use serde_json::json;

use super::api::{Api, GARBLED_PAUSE, NOT_SENT_PAUSE};
use super::errors::{self, Verdict};
use crate::http::{Answer, Exchange, Method};
use crate::{Next, Trouble};

/// X sends again what is not older than this.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// What X wants to know for it: it is the app that asks, not the account.
pub(super) struct Again {
    pub(super) webhook: String,
    /// The app's own bearer token.
    pub(super) token: SecretString,
}

/// Asks for the webhooks since that moment, as far back as X goes. They come on the same door, later.
///
/// Uncertain: which kinds of access may ask (the older Account Activity API allows it to Enterprise only), so a refusal is
/// passed on.
pub(super) fn send_again(
    api: &Api,
    again: &Again,
    since: Moment,
    now: Moment,
    exchanges: &[Exchange],
) -> Next<Result<(), Trouble>> {
    let Some(exchange) = exchanges.last() else {
        let from = since.max(Moment(now.0 - i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX)));
        let body =
            json!({"webhook_id": again.webhook, "from_date": to_minute(from), "to_date": to_minute(now)});
        return match api.request(Method::POST, &["webhooks", "replay"], &[]) {
            Ok(request) => Next::call(request.bearer(&again.token).json(&body)),
            Err(refusal) => Next::Settled(Err(Trouble::Refused(refusal))),
        };
    };
    let Answer::Response(response) = &exchange.answer else {
        return Next::Settled(Err(Trouble::RetryAfter(NOT_SENT_PAUSE)));
    };
    Next::Settled(match errors::judge(response, now) {
        None => Ok(()),
        Some(Verdict::Refused(refusal)) => Err(Trouble::Refused(refusal)),
        Some(Verdict::RetryAfter(pause)) => Err(Trouble::RetryAfter(pause)),
        Some(Verdict::Unknown) => Err(Trouble::RetryAfter(GARBLED_PAUSE)),
    })
}

/// `yyyymmddhhmm`, UTC.
fn to_minute(moment: Moment) -> String {
    let time = jiff::Timestamp::from_second(moment.seconds()).unwrap_or_default();
    time.strftime("%Y%m%d%H%M").to_string()
}
