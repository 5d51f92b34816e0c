//! Faults that are switched on per call: which call is hit, and what then becomes of it.

use std::time::Duration;

use deskbridge_connectors::http::{Request, Response};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Paths under this prefix steer the sandbox itself; no fault ever hits them.
pub(crate) const CONTROL_PREFIX: &str = "/_sandbox/";

/// One fault: which calls it hits, how often, and what happens to them.
///
/// As JSON: `{"method":"POST","path":"/api/v2/tickets*","kind":"lost_after","times":1,"skip":2}`; only `kind` is
/// required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The HTTP method, in any case; absent means every method.
    #[serde(default)]
    pub method: Option<String>,
    /// Text the path must contain; with a `*` at its end, the text the path must begin with. Empty means every path.
    /// The query is not looked at.
    #[serde(default)]
    pub path: String,
    /// What happens to a call that is hit.
    pub kind: FaultKind,
    /// How many calls are still to be hit; 0 means all of them until the rule is cleared. JSON may leave it out: 1.
    #[serde(default = "once")]
    pub times: u32,
    /// How many matching calls are still let through first.
    #[serde(default)]
    pub skip: u32,
}

fn once() -> u32 {
    1
}

/// What a fault does to a call. "Applied" means that the stand-in carried the call out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Not applied; answered with a status.
    Status {
        /// The status code, 200 to 599.
        #[serde(deserialize_with = "final_status")]
        code: u16,
        /// The `Retry-After` header, in seconds.
        #[serde(default)]
        retry_after_s: Option<u32>,
        /// A JSON body in the API's own error shape; absent means a line of plain text, as from a gateway.
        #[serde(default)]
        body: Option<Value>,
    },
    /// Not applied; answered with 429.
    Throttle {
        /// The `Retry-After` header, in seconds.
        retry_after_s: u32,
    },
    /// Not applied; the connection closes without an answer.
    LostBefore,
    /// Applied; the connection closes without an answer.
    LostAfter,
    /// The connection closes without an answer; applied later all the same.
    LateApply {
        /// How much later, in milliseconds.
        ms: u64,
    },
    /// Applied at once, answered late.
    Hang {
        /// How late, in milliseconds.
        ms: u64,
    },
    /// Applied late and answered then, even if the caller stopped waiting before.
    Slow {
        /// How late, in milliseconds.
        ms: u64,
    },
    /// Applied; answered with 200 and a body that is not JSON.
    Garbage,
}

/// A server sends 1xx codes of its own accord and more than 599 never: neither can be an answer.
fn final_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let code = u16::deserialize(deserializer)?;
    if (200..600).contains(&code) {
        Ok(code)
    } else {
        Err(serde::de::Error::custom(format!("{code} is not a status from 200 to 599")))
    }
}

/// What is to become of one call. Whoever carries calls to a stand-in (server or simulator) carries this out.
#[derive(Clone, Debug)]
pub enum Fate {
    /// Apply the call and answer as the stand-in says.
    Apply,
    /// Do not apply; answer this.
    Refuse(Response),
    /// Apply; throw the stand-in's answer away and answer this.
    AnswerInstead(Response),
    /// Do not apply; close without an answer.
    DropUnapplied,
    /// Apply; close without an answer.
    DropApplied,
    /// Close without an answer, apply after that time.
    DropThenApply(Duration),
    /// Apply now, answer after that time.
    AnswerLate(Duration),
    /// Apply after that time, then answer.
    ApplyLate(Duration),
}

/// The faults that are switched on. Pure: no clock, no chance.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Vec<FaultRule>,
}

impl Faults {
    /// Switches a fault on, after those that are on already.
    pub fn add(&mut self, rule: FaultRule) {
        self.rules.push(rule);
    }

    /// Switches all faults off.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The faults that are on, with what is left of their `skip` and `times`.
    #[must_use]
    pub fn rules(&self) -> &[FaultRule] {
        &self.rules
    }

    /// Decides one call and counts it. The first rule that matches and has nothing left to skip wins; rules after it
    /// do not see the call.
    pub fn decide(&mut self, request: &Request) -> Fate {
        if request.url.path().starts_with(CONTROL_PREFIX) {
            return Fate::Apply;
        }
        for index in 0..self.rules.len() {
            let rule = &mut self.rules[index];
            if !rule.matches(request) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            let fate = rule.kind.fate();
            match rule.times {
                0 => {}
                1 => drop(self.rules.remove(index)),
                _ => rule.times -= 1,
            }
            return fate;
        }
        Fate::Apply
    }
}

impl FaultRule {
    fn matches(&self, request: &Request) -> bool {
        let path = request.url.path();
        let method_fits =
            self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(request.method.as_str()));
        let path_fits = match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path.contains(&self.path),
        };
        method_fits && path_fits
    }
}

impl FaultKind {
    fn fate(&self) -> Fate {
        match self {
            Self::Status { code, retry_after_s, body } => {
                Fate::Refuse(refusal(*code, *retry_after_s, body.as_ref()))
            }
            Self::Throttle { retry_after_s } => Fate::Refuse(refusal(429, Some(*retry_after_s), None)),
            Self::LostBefore => Fate::DropUnapplied,
            Self::LostAfter => Fate::DropApplied,
            Self::LateApply { ms } => Fate::DropThenApply(Duration::from_millis(*ms)),
            Self::Hang { ms } => Fate::AnswerLate(Duration::from_millis(*ms)),
            Self::Slow { ms } => Fate::ApplyLate(Duration::from_millis(*ms)),
            Self::Garbage => Fate::AnswerInstead(
                Response::text(200, "<!doctype html><title>One moment</title>")
                    .header("content-type", "text/html"),
            ),
        }
    }
}

fn refusal(code: u16, retry_after_s: Option<u32>, body: Option<&Value>) -> Response {
    let response = match body {
        Some(body) => Response::json(code, body),
        None => Response::text(code, format!("{code}: a fault that is switched on in the sandbox\n")),
    };
    match retry_after_s {
        Some(seconds) => response.header("retry-after", &seconds.to_string()),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbridge_connectors::http::{Method, Url};
    use serde_json::json;

    fn call(method: &str, path: &str) -> Request {
        let url = Url::parse(&format!("http://127.0.0.1:1{path}")).unwrap();
        Request::new(Method::from_bytes(method.as_bytes()).unwrap(), url)
    }

    fn rule(value: Value) -> FaultRule {
        serde_json::from_value(value).unwrap()
    }

    fn hits(faults: &mut Faults, method: &str, path: &str) -> bool {
        !matches!(faults.decide(&call(method, path)), Fate::Apply)
    }

    #[test]
    fn matches_by_method_and_path() {
        let table = [
            (json!({"kind": "garbage"}), "GET", "/", true),
            (json!({"kind": "garbage"}), "POST", "/_sandbox/act", false),
            (json!({"kind": "garbage", "path": "*"}), "GET", "/x", true),
            (json!({"kind": "garbage", "path": "/tickets"}), "GET", "/api/v2/tickets/7.json", true),
            (json!({"kind": "garbage", "path": "/tickets"}), "GET", "/api/v2/users?next=/tickets", false),
            (json!({"kind": "garbage", "path": "/tickets*"}), "GET", "/api/v2/tickets", false),
            (json!({"kind": "garbage", "path": "/api/v2/*"}), "GET", "/api/v2/tickets", true),
            (json!({"kind": "garbage", "method": "post"}), "POST", "/x", true),
            (json!({"kind": "garbage", "method": "POST"}), "PUT", "/x", false),
        ];
        for (value, method, path, expected) in table {
            let mut faults = Faults::default();
            faults.add(rule(value.clone()));
            assert_eq!(hits(&mut faults, method, path), expected, "{value} on {method} {path}");
        }
    }

    #[test]
    fn skips_then_hits_then_is_gone() {
        let mut faults = Faults::default();
        faults.add(rule(json!({"kind": "lost_before", "path": "/t", "skip": 2, "times": 2})));
        let seen: Vec<bool> = (0..6).map(|_| hits(&mut faults, "POST", "/t")).collect();
        assert_eq!(seen, [false, false, true, true, false, false]);
        assert!(faults.rules().is_empty());
    }

    #[test]
    fn zero_times_lasts_until_cleared_and_the_default_is_one() {
        let mut faults = Faults::default();
        faults.add(rule(json!({"kind": "garbage", "times": 0})));
        assert!((0..50).all(|_| hits(&mut faults, "GET", "/")));
        faults.clear();
        assert!(!hits(&mut faults, "GET", "/"));
        faults.add(rule(json!({"kind": "garbage"})));
        assert!(hits(&mut faults, "GET", "/"));
        assert!(!hits(&mut faults, "GET", "/"));
    }

    #[test]
    fn the_first_rule_wins_and_later_ones_do_not_count_the_call() {
        let mut faults = Faults::default();
        faults.add(rule(json!({"kind": "lost_after"})));
        faults.add(rule(json!({"kind": "lost_before", "skip": 1})));
        assert!(matches!(faults.decide(&call("GET", "/")), Fate::DropApplied));
        assert_eq!(faults.rules()[0].skip, 1);
        assert!(matches!(faults.decide(&call("GET", "/")), Fate::Apply));
        assert!(matches!(faults.decide(&call("GET", "/")), Fate::DropUnapplied));
    }

    #[test]
    fn every_kind_has_its_fate() {
        let ms = Duration::from_millis(5);
        type Check = fn(&Fate, Duration) -> bool;
        let table: [(Value, Check); 6] = [
            (json!("lost_before"), |fate, _| matches!(fate, Fate::DropUnapplied)),
            (json!("lost_after"), |fate, _| matches!(fate, Fate::DropApplied)),
            (json!({"late_apply": {"ms": 5}}), |fate, ms| matches!(fate, Fate::DropThenApply(d) if *d == ms)),
            (json!({"hang": {"ms": 5}}), |fate, ms| matches!(fate, Fate::AnswerLate(d) if *d == ms)),
            (json!({"slow": {"ms": 5}}), |fate, ms| matches!(fate, Fate::ApplyLate(d) if *d == ms)),
            (
                json!("garbage"),
                |fate, _| matches!(fate, Fate::AnswerInstead(r) if r.status == 200 && r.parse::<Value>().is_err()),
            ),
        ];
        for (kind, check) in table {
            let fate = rule(json!({"kind": kind})).kind.fate();
            assert!(check(&fate, ms), "{kind} became {fate:?}");
        }
    }

    #[test]
    fn refusals_carry_status_wait_and_body() {
        let table = [
            (json!({"status": {"code": 503}}), 503, None, None),
            (json!({"status": {"code": 503, "retry_after_s": 7}}), 503, Some("7"), None),
            (json!({"status": {"code": 400, "body": {"error": {"code": 4}}}}), 400, None, Some(4)),
            (json!({"throttle": {"retry_after_s": 60}}), 429, Some("60"), None),
        ];
        for (kind, status, retry_after, graph_code) in table {
            let Fate::Refuse(response) = rule(json!({"kind": kind})).kind.fate() else {
                panic!("{kind} was not refused");
            };
            assert_eq!(
                (response.status, response.header_text("retry-after")),
                (status, retry_after),
                "{kind}"
            );
            let code = response.parse::<Value>().ok().and_then(|body| body["error"]["code"].as_i64());
            assert_eq!(code, graph_code, "{kind}");
        }
    }

    #[test]
    fn a_rule_with_a_mistake_is_refused() {
        for value in [
            json!({}),
            json!({"kind": "explode"}),
            json!({"kind": "garbage", "time": 3}),
            json!({"kind": {"status": {"code": 101}}}),
            json!({"kind": {"status": {"code": 600}}}),
            json!({"kind": {"hang": {}}}),
        ] {
            assert!(serde_json::from_value::<FaultRule>(value.clone()).is_err(), "{value}");
        }
    }
}
