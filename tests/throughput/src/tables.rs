//! The tables, and the floors and ceilings.

use std::time::Duration;

use deskbridge_report::Report;

use crate::house::{CONNECTIONS_MAX, Measured};
use crate::load::{Outcome, quantile};
use crate::peers::Compared;

/// Events that the doors accept in a second, durable on the disk, at full load: at least so many.
const RATE_MIN: f64 = 20_000.0;
/// At a thousand events a second, 99 of 100 are accepted within this time.
const STEADY_P99_MAX: Duration = Duration::from_millis(20);
/// Memory with a hundred thousand conversations open, in KiB.
const MANY: usize = 100_000;
const RSS_MAX_WITH_MANY: u64 = 64 << 10;
/// An event costs at most so many times as much with many conversations as with few.
const FEW: usize = 100;
const GROWTH_MAX: f64 = 1.2;
/// So many connections, and so many events a forced write at least.
const EVENTS_PER_FSYNC_MIN: [(usize, f64); 3] = [(1, 1.0), (8, 4.0), (64, 32.0)];
/// What else writes while doors are measured: a delivery that is put off until the helpdesk takes calls again.
const FSYNC_TOLERANCE: f64 = 1.02;
/// So many times as many events a second as these, at least.
const TIMES_MIN: [(&str, f64); 4] =
    [("as a function", 5.0), ("on SQLite", 5.0), ("Node-RED", 15.0), ("n8n", 400.0)];

/// The line that names the machine.
pub(crate) fn machine(report: &mut Report, name: &'static str, machine: &str) {
    report.table(name, "");
    report.row(machine);
}

pub(crate) fn bridge(report: &mut Report, measured: &[Measured]) {
    doors(report, measured);
    all_the_way(report, measured);
    report.table(
        "bridge-memory",
        "| open conversations | memory | file | memory after the full load | file per waiting event |\n\
         |---|---|---|---|---|\n",
    );
    for one in measured {
        report.row(&format!(
            "| {} | {} | {:.1} MB | {} | {} B |",
            grouped(one.conversations),
            mib(one.rss),
            one.file as f64 / 1e6,
            mib(one.rss_full),
            one.file_per_waiting,
        ));
    }
    limits(report, measured);
}

fn doors(report: &mut Report, measured: &[Measured]) {
    report.table(
        "bridge-doors",
        "| open conversations | connections | accepted a second | p50 | p99 | processor per event: bridge | load | events per fsync | \
         at 1,000/s: p50 | p99 |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for one in measured {
        report.row(&format!(
            "| {} | {} | {} | {} | {} us | {} us | {:.1} | {} |",
            grouped(one.conversations),
            one.connections,
            grouped(one.full.rate() as usize),
            quantiles(&one.full),
            one.full_cpu.as_micros(),
            one.load_cpu.as_micros(),
            1.0 / one.fsyncs,
            quantiles(&one.steady),
        ));
    }
}

fn all_the_way(report: &mut Report, measured: &[Measured]) {
    report.table(
        "bridge-way",
        "| open conversations | webhook to ticket: p50 | p99 | reply to platform: p50 | p99 | events a second | \
         processor per event | fsyncs per event |\n|---|---|---|---|---|---|---|---|\n",
    );
    for one in measured {
        let times = |micros: &[u32]| [0.5, 0.99].map(|share| ms(quantile(micros, share).into())).join(" | ");
        report.row(&format!(
            "| {} | {} | {} | {} | {} us | {:.2} |",
            grouped(one.conversations),
            times(&one.to_ticket),
            times(&one.to_platform),
            grouped(one.rate_all_the_way as usize),
            one.cpu.as_micros(),
            one.fsyncs_all_the_way,
        ));
    }
}

fn limits(report: &mut Report, measured: &[Measured]) {
    for one in measured {
        let with = format!("with {} open conversations", grouped(one.conversations));
        report.ceiling(one.lost == 0.0 && one.full.failed + one.steady.failed == 0, || {
            format!(
                "{with} {} events were lost and {} refused",
                one.lost,
                one.full.failed + one.steady.failed
            )
        });
        let p99 = one.steady.quantile(0.99);
        report.ceiling(p99 < STEADY_P99_MAX, || format!("{with} a webhook takes {p99:?} at 1,000 a second"));
        let rate = one.full.rate();
        report.ceiling(one.connections < CONNECTIONS_MAX || rate >= RATE_MIN, || {
            format!("{with} {rate:.0} events a second are accepted, fewer than {RATE_MIN}")
        });
        let most = EVENTS_PER_FSYNC_MIN.iter().find(|(connections, _)| *connections == one.connections);
        if let Some((connections, events)) = most {
            report.ceiling(one.fsyncs * events <= FSYNC_TOLERANCE, || {
                format!("{connections} webhooks at once need {:.3} fsyncs each", one.fsyncs)
            });
        }
    }
    let with = |conversations| measured.iter().find(|one| one.conversations == conversations);
    if let Some(many) = with(MANY) {
        report.ceiling(many.rss <= RSS_MAX_WITH_MANY, || {
            format!("{MANY} conversations need {} KiB of memory", many.rss)
        });
        let ratio = with(FEW).map_or(0.0, |few| many.cpu.as_secs_f64() / few.cpu.as_secs_f64());
        report.ceiling(ratio <= GROWTH_MAX, || {
            format!("an event costs {ratio:.2} times as much with {MANY} conversations as with {FEW}")
        });
    }
}

pub(crate) fn peers(report: &mut Report, compared: &[Compared]) {
    report.table(
        "peers",
        "| | accepted a second | times | p99 | durable | memory | start | tickets too many after a webhook came twice | \
         lost by `kill -9` |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    let Some((ours, others)) = compared.split_first() else { return };
    for one in compared {
        report.row(&format!(
            "| {} | {} | {} | {} | {} | {} | {:.2} s | {} | {} of {} |",
            one.name,
            grouped(one.full.rate() as usize),
            times(ours.full.rate() / one.full.rate()),
            ms(one.full.quantile(0.99).as_micros()),
            if one.durable { "yes" } else { "no" },
            mib(one.rss),
            one.start.as_secs_f64(),
            one.duplicates,
            one.lost,
            one.accepted,
        ));
    }
    report.table(
        "peers-short",
        "| | webhooks accepted a second | memory | tickets too many after a webhook came twice | lost by `kill -9` |\n\
         |---|---|---|---|---|\n",
    );
    for one in compared {
        let rate = grouped(one.full.rate() as usize);
        report.row(&format!(
            "| {} | {rate} | {} | {} | {} of {} |",
            one.name,
            mib(one.rss),
            one.duplicates,
            one.lost,
            one.accepted
        ));
    }
    report.ceiling(ours.duplicates == 0 && ours.lost == 0, || {
        format!("{} tickets too many, {} events lost", ours.duplicates, ours.lost)
    });
    for (name, least) in TIMES_MIN {
        let Some(other) = others.iter().find(|other| other.name.contains(name)) else { continue };
        let ratio = ours.full.rate() / other.full.rate();
        report.ceiling(ratio >= least, || {
            format!("{ratio:.1} times as many events a second as {}, fewer than {least} times", other.name)
        });
    }
}

fn times(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.1}") } else { format!("{ratio:.0}") }
}

fn quantiles(outcome: &Outcome) -> String {
    [0.5, 0.99].map(|share| ms(outcome.quantile(share).as_micros())).join(" | ")
}

fn ms(micros: u128) -> String {
    format!("{:.1} ms", micros as f64 / 1e3)
}

fn mib(kib: u64) -> String {
    format!("{:.0} MiB", kib as f64 / 1024.0)
}

/// A number with commas: 12,345.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        let expected = ["0", "999", "1,000", "100,000", "12,345,678"];
        assert_eq!([0, 999, 1_000, 100_000, 12_345_678].map(grouped), expected);
    }
}
