//! The tables, and the floors and ceilings.

use crate::house::Measured;
use crate::load::quantile;
use crate::peers::Compared;
use crate::report::Report;

pub(crate) fn bridge(report: &mut Report, measured: &[Measured]) {
    report.table("bridge-doors", "| open conversations | connections | accepted a second | p50 | p99 | processor per event | fsyncs per event | at 1,000/s: p50 | p99 | memory |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for one in measured {
        report.row(&format!(
            "| {} | {} | {:.0} | {} | {} | {} us | {:.3} | {} | {} | {:.1} MiB |",
            one.conversations,
            one.connections,
            one.full.rate(),
            ms(one.full.quantile(0.5).as_micros()),
            ms(one.full.quantile(0.99).as_micros()),
            one.full_cpu.as_micros(),
            one.fsyncs,
            ms(one.steady.quantile(0.5).as_micros()),
            ms(one.steady.quantile(0.99).as_micros()),
            one.rss_full as f64 / 1024.0,
        ));
    }
    report.table("bridge-way", "| open conversations | webhook to ticket: p50 | p99 | reply to platform: p50 | p99 | processor per event | fsyncs per event | events a second | memory | file | file per waiting event |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
    for one in measured {
        let times = |micros: &[u32]| [0.5, 0.99].map(|share| ms(u128::from(quantile(micros, share)))).join(" | ");
        report.row(&format!(
            "| {} | {} | {} | {} us | {:.2} | {:.0} | {:.1} MiB | {:.2} MB | {} B | {}",
            one.conversations,
            times(&one.to_ticket),
            times(&one.to_platform),
            one.cpu.as_micros(),
            one.fsyncs_all_the_way,
            one.rate_all_the_way,
            one.rss as f64 / 1024.0,
            one.file as f64 / 1e6,
            one.file_per_waiting,
            one.lost,
        ));
    }
}

fn ms(micros: u128) -> String {
    format!("{:.1} ms", micros as f64 / 1e3)
}

pub(crate) fn peers(report: &mut Report, compared: &[Compared]) {
    report.table("peers", "| | accepted a second | p99 | memory | start | tickets too many after a webhook that came twice | lost by `kill -9` |\n|---|---|---|---|---|---|---|\n");
    for one in compared {
        report.row(&format!("| {} | {:.0} | {} | {:.0} MiB | {:.2} s | {} | {} of {} |", one.name, one.full.rate(), ms(one.full.quantile(0.99).as_micros()), one.rss as f64 / 1024.0, one.start.as_secs_f64(), one.duplicates, one.lost, one.accepted));
    }
}
