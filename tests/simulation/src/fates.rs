//! Draws what becomes of a call.

use std::time::Duration;

use deskbridge_connectors::http::Answer;

use crate::call::{Call, Fate, Reply, refusal};
use crate::draws::Draws;
use crate::remotes::Side;
use crate::weather::Weather;

/// A remote side has finished with a request, answered or not, after so long: what the connectors' settle times assume.
const REQUEST_LIFE: Duration = Duration::from_secs(30);

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Draws the fate of a call.
pub(crate) fn draw(call: &Call, weather: &Weather, draws: &mut Draws) -> Fate {
    match call {
        Call::Http(request, deadline) => {
            let is_platform = Side::of(request).is_some_and(Side::is_platform);
            let fair = match is_platform {
                true if weather.only_helpdesks => {
                    Some(Weather { throttle: weather.throttle, ..Weather::default() })
                }
                false if weather.only_platforms => Some(Weather::default()),
                _ => None,
            };
            http(request.method == "GET", *deadline, fair.as_ref().unwrap_or(weather), draws)
        }
        Call::Load(_) | Call::LoadLatest(_) | Call::Held(..) => {
            let stale = matches!(call, Call::Load(_)) && draws.chance(weather.store_stale);
            let saves_ago = match stale {
                true if draws.chance(weather.stale_for_long) => draws.one_of(&[2, 3, u32::MAX]),
                true => 1,
                false => 0,
            };
            let mut fate = own(call, weather.store_fails, 0, draws);
            if stale && fate.instead.is_none() {
                fate.name = "stale";
                fate.saves_ago = saves_ago;
            }
            fate
        }
        Call::Save(..) | Call::Hold(_) | Call::Release(..) => {
            own(call, weather.store_fails, weather.store_unsure, draws)
        }
        Call::Send(_) => own(call, weather.queue_fails, weather.queue_unsure, draws),
        Call::Finish(_) => own(call, weather.finish_lost, weather.queue_unsure, draws),
    }
}

/// The fate of a request while nothing gets through.
pub(crate) fn outage(draws: &mut Draws) -> Fate {
    // Being asked to wait for minutes keeps a long outage from being most of a campaign.
    let minutes = if draws.format() == 1 { 1 } else { 10 };
    let instead = match draws.below(2) {
        0 => refusal(503, Some(1 + minutes * draws.below(60))),
        _ => Reply::Http(Answer::Lost),
    };
    let answered_after = draws.between(5 * MS, 300 * MS);
    Fate { name: "outage", happens_after: None, answered_after, instead: Some(instead), saves_ago: 0 }
}

/// The fate of a call to our own store or queue.
fn own(call: &Call, fails: u32, unsure: u32, draws: &mut Draws) -> Fate {
    let there = draws.between(MS, 20 * MS);
    let back = draws.between(MS, 20 * MS);
    let fate = |name, happens_after, instead| Fate {
        name,
        happens_after,
        answered_after: there + back,
        instead,
        saves_ago: 0,
    };
    if draws.chance(fails) {
        fate("fails", None, Some(call.failed()))
    } else if draws.chance(unsure) {
        fate("unsure", Some(there), Some(call.failed()))
    } else {
        fate("ok", Some(there), None)
    }
}

/// The fate of a request to a remote side.
fn http(reads: bool, deadline: Duration, weather: &Weather, draws: &mut Draws) -> Fate {
    let there = draws.between(5 * MS, 300 * MS);
    let back = draws.between(5 * MS, 300 * MS);
    let fate = |name, happens_after, answered_after, instead| Fate {
        name,
        happens_after,
        answered_after,
        instead,
        saves_ago: 0,
    };
    let soon = there + back;
    let lost = Some(Reply::Http(Answer::Lost));
    if draws.chance(weather.lost_before) {
        fate("lost before", None, soon, lost)
    } else if draws.chance(weather.lost_after) {
        fate("lost after", Some(there), soon, lost)
    } else if !reads && draws.chance(weather.late) {
        let gave_up = draws.one_of(&[deadline, soon]);
        fate("late", Some(draws.between(gave_up, REQUEST_LIFE)), gave_up, lost)
    } else if draws.chance(weather.hang) {
        fate("hang", Some(there), deadline, lost)
    } else if draws.chance(weather.slow) {
        // A file that sets out shortly before its process must be done has hardly any time.
        let happens = draws.between(there, deadline.saturating_sub(SECOND));
        let answered = happens + back;
        let too_late = answered > deadline;
        fate("slow", Some(happens), answered.min(deadline), if too_late { lost } else { None })
    } else if draws.chance(weather.throttle) {
        fate("throttle", None, soon, Some(refusal(429, Some(1 + draws.below(60)))))
    } else if draws.chance(weather.broken) {
        let applied = draws.below(2) == 1;
        fate("broken", applied.then_some(there), soon, Some(refusal(500, None)))
    } else if draws.chance(weather.unavailable) {
        fate("unavailable", None, soon, Some(refusal(503, Some(1 + draws.below(60)))))
    } else if draws.chance(weather.garbage) {
        fate("garbage", Some(there), soon, Some(refusal(200, None)))
    } else if draws.chance(weather.not_sent) {
        fate("not sent", None, there, Some(Reply::Http(Answer::NotSent)))
    } else {
        fate("ok", Some(there), soon, None)
    }
}
