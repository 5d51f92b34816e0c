//! What X's refusals mean. Decided by status, problem type and number; the words are looked at only where X tells
//! different things under one status and the type `about:blank`.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::effect::{Reason, Refusal};
use serde::Deserialize;

use super::wire::{lenient, several};
use crate::http::Response;

/// The wait where a throttled answer does not say how long: X counts in windows of 15 minutes.
const THROTTLE_PAUSE: Duration = Duration::from_secs(15 * 60);

/// The longest wait that is believed.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// What an answer that is no success means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was not done, and will not be as it is.
    Refused(Refusal),
    /// It was not done; later it may be.
    RetryAfter(Duration),
    /// It may have been done.
    Unknown,
}

/// A problem as X tells it: at the root of an answer, or in its list of errors (there in the older format too, with a
/// number and a message).
#[derive(Default, Deserialize)]
pub(super) struct Problem {
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    detail: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    code: Option<u64>,
    #[serde(default, deserialize_with = "several")]
    errors: Vec<Problem>,
}

impl Problem {
    /// The last part of the problem type, such as `client-forbidden`. Empty if there is none.
    fn name(&self) -> &str {
        let name = self.kind.as_deref().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default();
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if plain && name.len() <= 60 { name } else { "" }
    }

    fn says(&self, words: &str) -> bool {
        let texts = [&self.detail, &self.message].into_iter().flatten();
        texts.into_iter().any(|text| text.to_lowercase().contains(words))
            || self.errors.iter().any(|one| one.says(words))
    }

    fn says_any(&self, all: &[&str]) -> bool {
        all.iter().any(|words| self.says(words))
    }

    fn number(&self) -> Option<u64> {
        self.code.or_else(|| self.errors.iter().find_map(Problem::number))
    }

    /// What a problem about one thing (a post that cannot be seen, say) means.
    pub(super) fn of_one_thing(&self) -> Refusal {
        Refusal::new(Reason::Gone, self.told("200"))
    }

    /// The code for operators: nothing that a person wrote.
    fn told(&self, status: &str) -> String {
        let number = self.number().map(|number| number.to_string()).unwrap_or_default();
        let parts = [status, self.name(), &number].map(str::to_owned);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// What X says when it lets only certain people's programs, or nobody, answer a post.
const NOT_INVITED: [&str; 5] = [
    "mentioned or otherwise engaged",
    "reply to this conversation is not allowed",
    "only reply to or quote posts",
    "not allowed to reply",
    "restricted who can reply",
];

const DUPLICATE: [&str; 2] = ["duplicate content", "already said that"];

const GONE: [&str; 2] = ["deleted or not visible", "cannot be found"];

const BLOCKED: [&str; 4] =
    ["permission to dm", "cannot send messages to this user", "not following you", "have been blocked"];

const TOO_LONG: [&str; 2] = ["too long", "over 140 characters"];

/// What a response means; `None` if it is a success.
pub(super) fn judge(response: &Response, at: Moment) -> Option<Verdict> {
    if response.is_success() {
        return None;
    }
    let problem: Problem = response.parse().unwrap_or_default();
    if response.status == 429 && problem.name() != "usage-capped" {
        return Some(Verdict::RetryAfter(pause(response, at)));
    }
    if matches!(response.status, 408 | 500..) {
        return Some(Verdict::Unknown);
    }
    let reason = reason(response.status, &problem);
    Some(Verdict::Refused(Refusal::new(reason, problem.told(&response.status.to_string()))))
}

fn reason(status: u16, problem: &Problem) -> Reason {
    match (status, problem.name(), problem.number()) {
        (401, ..) => Reason::Token,
        // No credits, or the cap of the month is reached: nothing works until somebody pays or it is a new month.
        (402 | 429, ..) | (_, "usage-capped" | "credits" | "credits-depleted", _) => Reason::Permission,
        (_, "client-forbidden" | "oauth1-permissions" | "unsupported-authentication", _) => {
            Reason::Permission
        }
        // The account is locked or suspended, or the app may not write.
        (_, _, Some(64 | 261 | 326)) => Reason::Permission,
        (_, _, Some(187)) => Reason::Duplicate,
        (_, _, Some(433)) => Reason::ByHand,
        (_, _, Some(186 | 226 | 354)) => Reason::Content,
        (_, _, Some(34 | 144 | 385)) => Reason::Gone,
        (_, _, Some(150 | 151 | 349)) => Reason::Blocked,
        (404, ..) => Reason::Gone,
        (
            _,
            "not-authorized-for-resource"
            | "resource-not-found"
            | "resource-unavailable"
            | "disallowed-resource",
            _,
        ) => Reason::Gone,
        _ if problem.says_any(&DUPLICATE) => Reason::Duplicate,
        _ if problem.says_any(&NOT_INVITED) => Reason::ByHand,
        _ if problem.says_any(&GONE) => Reason::Gone,
        _ if problem.says_any(&BLOCKED) => Reason::Blocked,
        _ if problem.says_any(&TOO_LONG) => Reason::Content,
        // The words with which X turns away what looks automated.
        (403, ..) if problem.says("not permitted to perform this action") => Reason::Content,
        _ => Reason::Invalid,
    }
}

/// How long a throttle lasts: until the moments at which the used-up budgets begin anew.
fn pause(response: &Response, at: Moment) -> Duration {
    const BUDGETS: [[&str; 2]; 3] = [
        ["x-rate-limit-remaining", "x-rate-limit-reset"],
        ["x-user-limit-24hour-remaining", "x-user-limit-24hour-reset"],
        ["x-app-limit-24hour-remaining", "x-app-limit-24hour-reset"],
    ];
    let number = |name: &str| response.header_text(name).and_then(|text| text.trim().parse::<i64>().ok());
    let until = |[remaining, reset]: [&str; 2]| number(reset).filter(|_| number(remaining).unwrap_or(0) <= 0);
    let reset = BUDGETS.into_iter().filter_map(until).max();
    // One second more, because the moment is told in whole seconds.
    let told = reset.map(|reset| Moment::from_seconds(reset.saturating_add(1)).since(at));
    let asked =
        number("retry-after").and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    let told = told.max(asked).filter(|told| !told.is_zero());
    told.unwrap_or(THROTTLE_PAUSE).clamp(Duration::from_secs(1), LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Moment = Moment(1_795_334_400_000);

    fn verdict(status: u16, body: &Value) -> Option<Verdict> {
        judge(&Response::json(status, body), NOW)
    }

    fn problem(kind: &str, detail: &str) -> Value {
        json!({"title": "Forbidden", "type": kind, "detail": detail, "status": 403})
    }

    #[test]
    fn every_documented_refusal_has_its_class() {
        let typed = |name: &str| problem(&format!("https://api.twitter.com/2/problems/{name}"), "told");
        let said = |words: &str| problem("about:blank", words);
        let numbered = |code: u64| json!({"errors": [{"code": code, "message": "told"}]});
        for (status, body, reason, code) in [
            (401, json!({"title": "Unauthorized", "status": 401}), Reason::Token, "401"),
            (401, numbered(89), Reason::Token, "401 89"),
            (402, typed("credits"), Reason::Permission, "402 credits"),
            (429, typed("usage-capped"), Reason::Permission, "429 usage-capped"),
            (403, typed("client-forbidden"), Reason::Permission, "403 client-forbidden"),
            (403, typed("oauth1-permissions"), Reason::Permission, "403 oauth1-permissions"),
            (403, numbered(326), Reason::Permission, "403 326"),
            (403, typed("not-authorized-for-resource"), Reason::Gone, "403 not-authorized-for-resource"),
            (404, typed("resource-not-found"), Reason::Gone, "404 resource-not-found"),
            (403, numbered(433), Reason::ByHand, "403 433"),
            (403, numbered(187), Reason::Duplicate, "403 187"),
            (403, numbered(349), Reason::Blocked, "403 349"),
            (400, numbered(186), Reason::Content, "400 186"),
            (
                403,
                said("You are not allowed to create a Tweet with duplicate content."),
                Reason::Duplicate,
                "403 about:blank",
            ),
            (
                403,
                said(
                    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by \
                      the author of the post you are replying to.",
                ),
                Reason::ByHand,
                "403",
            ),
            (
                403,
                said("You attempted to reply to a Tweet that is deleted or not visible to you."),
                Reason::Gone,
                "403",
            ),
            (403, said("You do not have permission to DM one or more participants."), Reason::Blocked, "403"),
            (403, said("Your Tweet text is too long."), Reason::Content, "403"),
            (403, said("You are not permitted to perform this action."), Reason::Content, "403"),
            (403, said("Something new."), Reason::Invalid, "403"),
            (400, typed("invalid-request"), Reason::Invalid, "400 invalid-request"),
            (302, json!({}), Reason::Invalid, "302"),
        ] {
            let wanted = Refusal::new(reason, code.trim_end_matches(" about:blank"));
            assert_eq!(verdict(status, &body), Some(Verdict::Refused(wanted)), "{status} {body}");
        }
    }

    #[test]
    fn what_may_have_been_done_stays_unknown() {
        for response in
            [Response::text(502, "<html>Bad Gateway</html>"), Response::empty(408), Response::empty(503)]
        {
            assert_eq!(judge(&response, NOW), Some(Verdict::Unknown), "{response:?}");
        }
        assert_eq!(judge(&Response::empty(201), NOW), None);
    }

    #[test]
    fn a_throttle_lasts_until_its_budget_begins_anew() {
        let reset = (NOW.seconds() + 300).to_string();
        let tomorrow = (NOW.seconds() + 40_000).to_string();
        let throttled = |headers: &[(&'static str, &str)]| {
            let response = Response::json(429, &json!({"title": "Too Many Requests", "status": 429}));
            let response =
                headers.iter().fold(response, |response, (name, value)| response.header(name, value));
            match judge(&response, NOW) {
                Some(Verdict::RetryAfter(pause)) => pause.as_secs(),
                other => panic!("{other:?}"),
            }
        };
        let window = [("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", reset.as_str())];
        assert_eq!(throttled(&window), 301);
        let day = [
            ("x-rate-limit-remaining", "99"),
            ("x-rate-limit-reset", reset.as_str()),
            ("x-user-limit-24hour-remaining", "0"),
            ("x-user-limit-24hour-reset", tomorrow.as_str()),
        ];
        assert_eq!(throttled(&day), 40_001);
        assert_eq!(throttled(&[("retry-after", "77")]), 77);
        assert_eq!(throttled(&[("x-rate-limit-reset", "1")]), 900);
        assert_eq!(throttled(&[("x-rate-limit-reset", "999999999999")]), 24 * 3600);
        assert_eq!(throttled(&[]), 900);
    }
}
