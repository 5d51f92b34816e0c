//! The tokens of Instagram Login live for 60 days, and are renewed long before.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::effect::{Reason, Refusal};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Instagram, Login};
use crate::http::{Answer, Exchange, Request};
use crate::meta::errors::Verdict;
use crate::meta::graph::{Graph, NOT_SENT_PAUSE};
use crate::{Credential, Next, Renewal, Trouble};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A token is renewed when we have had it for so long: often enough that several failures do no harm. Meta renews none that is
/// younger than a day.
const AGE: Duration = DAY.saturating_mul(7);

/// A token that is given with a shorter life than usual is renewed when no more than this is left.
const LEFT: Duration = DAY.saturating_mul(30);

/// How long a token lives if the answer does not say so.
const LIFETIME: Duration = DAY.saturating_mul(60);

/// How long to wait after an answer that never came, or makes no sense.
const PAUSE: Duration = Duration::from_secs(60);

/// The token in the configuration; none with Facebook Login, whose tokens do not end.
pub(super) fn seed(account: &Instagram) -> Option<Credential> {
    let token = account.graph.token.clone().filter(|_| account.login == Login::Instagram)?;
    Some(Credential { token: Some(token), ..Credential::default() })
}

/// How old the operator's token is, nobody knows: it is renewed at once, which fails if it is younger than a day.
pub(super) fn renewal(credential: &Credential, now: Moment) -> Renewal {
    let Some(since) = credential.since else { return Renewal::Due };
    let age = now.since(since);
    let short = credential.ends_at.is_some_and(|ends_at| ends_at.since(now) < LEFT);
    if age >= AGE || (short && age > DAY) { Renewal::Due } else { Renewal::NotYet }
}

/// `GET /refresh_access_token`. The old token goes on working.
///
/// Where the API wants the token is documented as the address. It is put into the header first, as everywhere, and into the
/// address only if that is not understood (uncertain).
pub(super) fn renew(
    graph: &Graph,
    credential: &Credential,
    now: Moment,
    exchanges: &[Exchange],
) -> Next<Result<Credential, Trouble>> {
    let Some(token) = &credential.token else {
        return refused(Refusal::new(Reason::Token, "no access token"));
    };
    let exchange = match exchanges {
        [] => return Next::call(request(graph).bearer(token)),
        [first] if misses_token(first) => return Next::call(with_token(request(graph), token)),
        [.., last] => last,
    };
    Next::Settled(match &exchange.answer {
        Answer::NotSent | Answer::NotPiped(_) => Err(Trouble::RetryAfter(NOT_SENT_PAUSE)),
        Answer::Lost => Err(Trouble::RetryAfter(PAUSE)),
        Answer::Response(response) => match graph.judge(response) {
            Some(Verdict::Refused(refusal)) => Err(Trouble::Refused(refusal)),
            Some(Verdict::RetryAfter(pause)) => Err(Trouble::RetryAfter(pause)),
            Some(Verdict::Unknown) => Err(Trouble::RetryAfter(PAUSE)),
            None => match response.parse::<Renewed>() {
                Ok(new) if !new.access_token.is_empty() => Ok(new.read(now)),
                _ => Err(Trouble::RetryAfter(PAUSE)),
            },
        },
    })
}

#[derive(Deserialize)]
struct Renewed {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl Renewed {
    fn read(self, now: Moment) -> Credential {
        let lifetime = self.expires_in.map_or(LIFETIME, Duration::from_secs);
        Credential {
            token: Some(SecretString::from(self.access_token)),
            refresh: None,
            since: Some(now),
            ends_at: Some(now.plus(lifetime)),
        }
    }
}

/// The one address without a version.
fn request(graph: &Graph) -> Request {
    let mut url = graph.base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push("refresh_access_token");
    }
    url.query_pairs_mut().append_pair("grant_type", "ig_refresh_token");
    Request::get(url)
}

fn with_token(mut request: Request, token: &SecretString) -> Request {
    request.url.query_pairs_mut().append_pair("access_token", token.expose_secret());
    request
}

/// Whether the API says that it found no token at all.
fn misses_token(exchange: &Exchange) -> bool {
    #[derive(Deserialize)]
    struct Told {
        error: Coded,
    }
    #[derive(Deserialize)]
    struct Coded {
        code: i64,
        #[serde(default)]
        message: Option<String>,
    }
    let Answer::Response(response) = &exchange.answer else { return false };
    let Ok(Told { error }) = response.parse::<Told>() else { return false };
    let names_it = error.message.is_some_and(|message| message.contains("access_token"));
    matches!(error.code, 104 | 2_500) || (matches!(error.code, 100 | 101) && names_it)
}

fn refused<T>(refusal: Refusal) -> Next<Result<T, Trouble>> {
    Next::Settled(Err(Trouble::Refused(refusal)))
}
