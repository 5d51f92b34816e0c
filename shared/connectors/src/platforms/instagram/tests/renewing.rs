//! Tokens of Instagram Login: when they are renewed, how, and what the answers mean.

use std::time::Duration;

use deskbridge_core::effect::Reason;

use super::*;
use crate::{Credential, Renewal, Session, Trouble};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn seed() -> Credential {
    connector().seed().expect("a token that ends")
}

fn renew(answers: Vec<Answer>) -> (Vec<Exchange>, Result<Credential, Trouble>) {
    let (connector, seed) = (connector(), seed());
    let mut exchanges: Vec<Exchange> = Vec::new();
    for answer in answers {
        let Next::Call(request) = connector.renew(&seed, NOW, &exchanges) else { panic!("it asks") };
        exchanges.push(Exchange { request: *request, answer });
    }
    let Next::Settled(result) = connector.renew(&seed, NOW, &exchanges) else { panic!("it asks for more") };
    (exchanges, result)
}

#[test]
fn only_tokens_of_instagram_login_end() {
    assert!(linked().seed().is_none());
    assert!(seed().has_token(&"access-token".into()));
}

#[test]
fn the_token_travels_in_the_header_and_in_the_address_only_if_it_is_not_found_there() {
    let given = json!({"access_token": "IGAA", "token_type": "bearer", "expires_in": 5_184_000});
    let (exchanges, renewed) = renew(vec![ok(&given)]);
    assert_eq!(shown(&exchanges[0].request), "GET /refresh_access_token?grant_type=ig_refresh_token");
    assert_eq!(exchanges[0].request.headers["authorization"], "Bearer access-token");
    let renewed = renewed.expect("renewed");
    assert!(renewed.has_token(&"IGAA".into()));
    assert_eq!(renewed.ends_at, Some(NOW.plus(60 * DAY)));
    let missing = || error(400, &json!({"code": 104, "message": "An access token is required"}));
    let (exchanges, renewed) = renew(vec![missing(), ok(&given)]);
    assert!(shown(&exchanges[1].request).ends_with("ig_refresh_token&access_token=access-token"));
    assert!(!format!("{:?}", exchanges[1].request).contains("access-token"));
    assert!(renewed.is_ok());
    assert!(matches!(renew(vec![missing(), missing()]).1, Err(Trouble::Refused(_))));
}

#[test]
fn it_is_time_after_a_week_and_for_a_token_of_unknown_age() {
    let (connector, first) = (connector(), seed());
    assert_eq!(connector.renewal(&first, NOW), Renewal::Due);
    let given = |lifetime: u32| Credential {
        token: Some("IGAA".into()),
        since: Some(NOW),
        ends_at: Some(NOW.plus(lifetime * DAY)),
        ..Credential::default()
    };
    let after = |credential: &Credential, days: u32| connector.renewal(credential, NOW.plus(days * DAY));
    assert_eq!(after(&given(60), 6), Renewal::NotYet);
    assert_eq!(after(&given(60), 7), Renewal::Due);
    assert_eq!(after(&given(20), 1), Renewal::NotYet);
    assert_eq!(after(&given(20), 2), Renewal::Due);
    assert_eq!(after(&given(60), 90), Renewal::Due, "it is used until it is refused");
}

#[test]
fn answers_mean_what_they_mean_elsewhere() {
    let dead = error(400, &json!({"code": 190, "error_subcode": 463}));
    let Err(Trouble::Refused(refusal)) = renew(vec![dead]).1 else { panic!("dead") };
    assert_eq!((refusal.reason, refusal.code.as_str()), (Reason::Token, "190/463"));
    for answer in [
        Answer::Lost,
        Answer::NotSent,
        error(500, &json!({"code": 2})),
        error(400, &json!({"code": 4})),
        ok(&json!({"access_token": ""})),
        ok(&json!({})),
    ] {
        assert!(matches!(renew(vec![answer]).1, Err(Trouble::RetryAfter(_))));
    }
}

#[test]
fn the_session_decides_which_token_is_used() {
    let connector = connector();
    let session = Session { token: Some("IGAA".into()), ..Session::unneeded() };
    let effect = reply(Surface::Direct, "m_1", Some(NOW));
    let Next::Call(request) = connector.step(&effect, &session, &[]) else { panic!("it sends") };
    assert_eq!(request.headers["authorization"], "Bearer IGAA");
    let Next::Call(request) = connector.step(&effect, &Session::unneeded(), &[]) else { panic!("it sends") };
    assert_eq!(request.headers["authorization"], "Bearer access-token");
}
