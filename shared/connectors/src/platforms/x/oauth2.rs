//! OAuth 2.0: access tokens of an account that live for two hours, and refresh tokens that are good for one use.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deskbridge_core::Moment;
use deskbridge_core::effect::{Reason, Refusal};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::api::{Api, NOT_SENT_PAUSE, Right};
use super::errors::{self, Verdict};
use super::wire::lenient;
use crate::http::{Answer, Exchange, Method, Request, Response, header};
use crate::{Credential, Next, Renewal, Trouble};

/// The sweep renews a token that ends so soon: several sweeps may fail before anybody needs it.
const EARLY: Duration = Duration::from_secs(30 * 60);

/// A token that ends so soon is not used any more: a call takes a while.
const LATE: Duration = Duration::from_secs(60);

/// How long a token lives if the answer does not say so, in seconds.
const LIFETIME: u64 = 7_200;

/// How long to wait after an answer that never came, or makes no sense.
const PAUSE: Duration = Duration::from_secs(60);

/// The app, and the consent of an account as it was given first.
pub(super) struct Client {
    pub(super) id: String,
    /// Confidential clients have one.
    pub(super) secret: Option<SecretString>,
    pub(super) refresh_token: SecretString,
}

/// The refresh token in the configuration; none with OAuth 1.0a.
pub(super) fn seed(api: &Api) -> Option<Credential> {
    match &api.right {
        Some(Right::Consent(client)) => {
            Some(Credential { refresh: Some(client.refresh_token.clone()), ..Credential::default() })
        }
        _ => None,
    }
}

pub(super) fn renewal(credential: &Credential, now: Moment) -> Renewal {
    let left = credential.ends_at.map_or(Duration::ZERO, |ends_at| ends_at.since(now));
    match &credential.token {
        Some(_) if left > EARLY => Renewal::NotYet,
        Some(_) if left > LATE => Renewal::Due,
        _ => Renewal::Needed,
    }
}

/// `POST /2/oauth2/token`. It ends the refresh token that it uses, so an answer that never comes may cost the consent.
pub(super) fn renew(
    api: &Api,
    credential: &Credential,
    now: Moment,
    exchanges: &[Exchange],
) -> Next<Result<Credential, Trouble>> {
    let (Some(Right::Consent(client)), Some(refresh)) = (&api.right, &credential.refresh) else {
        return Next::Settled(Err(Trouble::Refused(Refusal::new(Reason::Token, "no refresh token"))));
    };
    let Some(exchange) = exchanges.last() else {
        return match api.request(Method::POST, &["oauth2", "token"], &[]) {
            Ok(request) => Next::call(client.asking(request, refresh)),
            Err(refusal) => Next::Settled(Err(Trouble::Refused(refusal))),
        };
    };
    Next::Settled(match &exchange.answer {
        Answer::NotSent | Answer::NotPiped(_) => Err(Trouble::RetryAfter(NOT_SENT_PAUSE)),
        Answer::Lost => Err(Trouble::RetryAfter(PAUSE)),
        Answer::Response(response) => heard(response, now),
    })
}

impl Client {
    /// A confidential client names itself in the header, a public one in the form.
    fn asking(&self, request: Request, refresh: &SecretString) -> Request {
        let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret())];
        match &self.secret {
            Some(secret) => {
                let pair = STANDARD.encode(format!("{}:{}", self.id, secret.expose_secret()));
                let basic = SecretString::from(format!("Basic {pair}"));
                request.form(&grant).secret_header(header::AUTHORIZATION, &basic)
            }
            None => request.form(&[grant[0], grant[1], ("client_id", &self.id)]),
        }
    }
}

fn heard(response: &Response, now: Moment) -> Result<Credential, Trouble> {
    #[derive(Deserialize)]
    struct Given {
        access_token: String,
        refresh_token: String,
        #[serde(default, deserialize_with = "lenient")]
        expires_in: Option<u64>,
    }
    match errors::judge(response, now) {
        Some(Verdict::RetryAfter(pause)) => return Err(Trouble::RetryAfter(pause)),
        Some(Verdict::Unknown) => return Err(Trouble::RetryAfter(PAUSE)),
        Some(Verdict::Refused(refusal)) if matches!(response.status, 400 | 401) => {
            return Err(Trouble::Refused(dead(response, &refusal)));
        }
        Some(Verdict::Refused(refusal)) => return Err(Trouble::Refused(refusal)),
        None => {}
    }
    let given: Option<Given> = response.parse().ok();
    let given = given.filter(|given| !given.access_token.is_empty() && !given.refresh_token.is_empty());
    // Without the scope offline.access there is no further refresh token, and an answer that is none may have been one.
    let Some(given) = given else { return Err(Trouble::RetryAfter(PAUSE)) };
    Ok(Credential {
        token: Some(SecretString::from(given.access_token)),
        refresh: Some(SecretString::from(given.refresh_token)),
        since: Some(now),
        ends_at: Some(now.plus(Duration::from_secs(given.expires_in.unwrap_or(LIFETIME)))),
    })
}

/// OAuth has its own words for a refresh token that is used up or withdrawn, and for a client that is unknown.
fn dead(response: &Response, refusal: &Refusal) -> Refusal {
    #[derive(Deserialize)]
    struct Told {
        error: String,
    }
    let told = response.parse::<Told>().ok().map(|told| told.error).unwrap_or_default();
    let what = match told.as_str() {
        "invalid_client" | "unauthorized_client" => "X does not know client_id and client_secret",
        _ => "the refresh token is used up or withdrawn; authorise the app again",
    };
    let plain = told.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && told.len() <= 40;
    let told = if plain { told.as_str() } else { "" };
    let code = [refusal.code.as_str(), told].into_iter().filter(|part| !part.is_empty());
    Refusal::new(Reason::Token, format!("{}, {what}", code.collect::<Vec<_>>().join(" ")))
}
