//! The full storm in each shape: `cargo xtask figures storm` writes what came of it into the documents, and fails when anything was lost
//! or it took too long.

use std::process::ExitCode;

use deskbridge_report::Report;
use deskbridge_storm::{Outcome, Scale, Shape, Times, storm};

/// How much longer than the least time a storm may take.
const RATIO_MAX: f64 = 1.1;
/// How long a direct message may take, in seconds, whatever else waits: a window of the limits; where the queue gives what comes first,
/// what stands before it in the queue, too.
const DIRECT_MAX: [f64; 2] = [60.0, 240.0];
/// The part of the calls that may be made in vain.
const REFUSED_MAX: f64 = 0.02;

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let outcomes = [Shape::OneMachine, Shape::Aws].map(|shape| {
        println!("{shape:?} ...");
        storm(&Scale::FULL, shape, 1)
    });
    let mut report = Report::default();
    table(&mut report, &outcomes);
    for ((outcome, shape), direct_max) in outcomes.iter().zip(["one machine", "AWS"]).zip(DIRECT_MAX) {
        ceilings(&mut report, outcome, shape, direct_max);
    }
    report.finish(check)
}

fn table(report: &mut Report, outcomes: &[Outcome; 2]) {
    report.counted("storm", "| 200,000 comments of 150,000 people | one machine | AWS |\n|---|---|---|\n");
    let mut row = |what: &str, cell: &dyn Fn(&Outcome) -> String| {
        report.row(&format!("| {what} | {} | {} |", cell(&outcomes[0]), cell(&outcomes[1])));
    };
    row("tickets opened", &|outcome| outcome.tickets.to_string());
    row("lost, doubled or out of order", &|outcome| outcome.wrong.len().to_string());
    row("calls carried out by the helpdesk", &|outcome| outcome.calls.made.to_string());
    row("of these, updates of tickets", &|outcome| outcome.calls.updates.to_string());
    row("calls refused", &|outcome| outcome.calls.refused.to_string());
    row("least time by the limits", &|outcome| format!("{:.1} min", outcome.least));
    row("drained after", &|outcome| format!("{:.1} min", outcome.drained_after));
    row("**times the least time**", &|outcome| format!("**{:.3}**", outcome.ratio()));
    row("direct message to ticket, p50 / p99 / all", &|outcome| seconds(&outcome.direct));
    row("agent's reply to platform, p50 / p99 / all", &|outcome| seconds(&outcome.answers));
    row("comment to ticket, p50 / all", &|outcome| {
        let minutes = |percent| outcome.public.percentile(percent) / 60.0;
        format!("{:.0} / {:.0} min", minutes(50), minutes(100))
    });
    row("receives of a delivery, on average / at most", &|outcome| {
        format!("{:.2} / {}", outcome.receives_mean, outcome.receives_max)
    });
    row("writes of the item per conversation", &|outcome| format!("{:.2}", outcome.saves_each));
}

fn seconds(times: &Times) -> String {
    let [p50, p99, all] = [50, 99, 100].map(|percent| times.percentile(percent));
    format!("{p50:.1} / {p99:.1} / {all:.1} s")
}

fn ceilings(report: &mut Report, outcome: &Outcome, shape: &str, direct_max: f64) {
    report.ceiling(outcome.wrong.is_empty(), || {
        let some: Vec<&String> = outcome.wrong.iter().take(10).collect();
        format!("{shape}: {} things are not where they belong: {some:#?}", outcome.wrong.len())
    });
    let ratio = outcome.ratio();
    report.ceiling(ratio <= RATIO_MAX, || {
        format!("{shape}: {ratio:.3} times the least time, more than {RATIO_MAX}")
    });
    let direct = outcome.direct.percentile(100);
    report.ceiling(direct <= direct_max, || {
        format!("{shape}: a direct message took {direct:.1} s, more than {direct_max}")
    });
    let refused = outcome.calls.refused as f64 / outcome.calls.made.max(1) as f64;
    report.ceiling(refused <= REFUSED_MAX, || {
        format!("{shape}: {:.1} % of the calls were refused", refused * 100.0)
    });
}
