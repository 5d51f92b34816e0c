//! The tables, and the ceilings that no figure may pass.

use std::path::Path;

use crate::bill::Prices;
use crate::events::Scenario;
use crate::start::Start;
use crate::warm::{Growth, LONG_RUN, Warm};
use deskbridge_report::Report;

/// Functions, and the most bytes of their zip files.
const ZIP_BYTES_MAX: [(&str, u64); 3] = [("ingress", 2_000_000), ("relay", 4_000_000), ("sweep", 3_800_000)];
/// The most memory at the first question for an event, in KiB.
const PEAK_MAX: [(&str, u64); 3] = [("ingress", 6 << 10), ("relay", 12 << 10), ("sweep", 12 << 10)];
/// How much longer than the smallest function, which does nothing, a function may take to start.
const START_RATIO_MAX: [(&str, f64); 3] = [("ingress", 1.8), ("relay", 3.6), ("sweep", 3.6)];
/// How much more time on a processor than the smallest function's a door may take, without and with a call to
/// the queue.
const WARM_RATIO_MAX: [(&str, f64); 3] = [
    ("ingress: health check", 1.3),
    ("ingress: forged webhook, turned away", 1.3),
    ("ingress: webhook, handed to the queue", 2.2),
];
/// What the allocator and the kernel may keep after a long run, in KiB.
const GROWTH_MAX: u64 = 256;
/// Dollars per million events.
const BILL_MAX: [(&str, f64); 2] = [("new ticket, quiet", 3.70), ("new ticket, busy", 2.10)];

pub(crate) fn sizes(report: &mut Report, zips: &Path) {
    report.table("sizes", "| function | zip file | ceiling |\n|---|---|---|\n");
    for (name, most) in ZIP_BYTES_MAX {
        let file = zips.join(format!("deskbridge-{name}.zip"));
        let bytes =
            std::fs::metadata(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).len();
        report.row(&format!("| {name} | {} | {} |", megabytes(bytes), megabytes(most)));
        report.ceiling(bytes <= most, || format!("{name}.zip has {bytes} bytes, more than {most}"));
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

pub(crate) fn starts(report: &mut Report, starts: &[Start]) {
    report.table(
        "starts",
        "| function | start, times hello-world | time on a processor, times hello-world | memory at the first event |\n\
         |---|---|---|---|\n",
    );
    let (hello, ours) = starts.split_first().expect("hello-world comes first");
    for start in starts {
        let wall = start.wall.as_secs_f64() / hello.wall.as_secs_f64();
        let cpu = start.cpu.as_secs_f64() / hello.cpu.as_secs_f64();
        let peak = start.peak as f64 / 1024.0;
        report.row(&format!("| {} | {wall:.2} | {cpu:.2} | {peak:.1} MiB |", start.name));
    }
    for (name, most) in START_RATIO_MAX {
        let start = ours.iter().find(|start| start.name == name).expect("it was measured");
        let ratio = start.wall.as_secs_f64() / hello.wall.as_secs_f64();
        report.ceiling(ratio <= most, || {
            format!("{name} takes {ratio:.2} times as long as hello-world to start, more than {most}")
        });
    }
    for (name, most) in PEAK_MAX {
        let peak = starts.iter().find(|start| start.name == name).expect("it was measured").peak;
        report.ceiling(peak <= most, || format!("{name} needs {peak} KiB to start, more than {most}"));
    }
}

pub(crate) fn warm(report: &mut Report, warm: &[Warm], growth: &[Growth]) {
    report.table("warm", "| warm invocation | time on a processor, times hello-world |\n|---|---|\n");
    let hello = warm[0].cpu.as_secs_f64();
    for one in warm {
        report.row(&format!("| {} | {:.2} |", one.what, one.cpu.as_secs_f64() / hello));
    }
    for (what, most) in WARM_RATIO_MAX {
        let one = warm.iter().find(|one| one.what == what).expect("it was measured");
        let ratio = one.cpu.as_secs_f64() / hello;
        report.ceiling(ratio <= most, || format!("{what}: {ratio:.2} times hello-world, more than {most}"));
    }
    report.table(
        "growth",
        &format!("| function | memory | after {LONG_RUN} further invocations |\n|---|---|---|\n"),
    );
    for one in growth {
        report.row(&format!("| {} | {} KiB | {} KiB |", one.name, one.before, one.after));
        report.ceiling(one.after <= one.before + GROWTH_MAX, || {
            format!("{} grew from {} to {} KiB", one.name, one.before, one.after)
        });
    }
}

pub(crate) fn events(report: &mut Report, scenarios: &[Scenario], prices: &Prices) {
    report.counted(
        "events",
        "| per event | queue calls | reads | writes | write units | helpdesk calls | platform calls | bytes out | bytes logged |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for Scenario { name, count } in scenarios {
        let each = |number: f64| {
            let text = format!("{:.2}", number / count.events);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        let whole = |number: f64| {
            format!("{:.0}", number / count.events / 10.0).parse::<f64>().unwrap_or_default() * 10.0
        };
        let cells = [
            each(count.sends + 2.0 * count.batches),
            each(count.reads),
            each(count.writes),
            each(count.write_units),
            each(count.helpdesk_calls),
            each(count.platform_calls),
            whole(count.bytes_out).to_string(),
            whole(count.log_bytes).to_string(),
        ];
        report.row(&format!("| {name} | {} |", cells.join(" | ")));
    }
    report.counted(
        "bill",
        "| dollars per million events | doors | queue | relay | table | logs | egress | **all** |\n|---|---|---|---|---|---|---|---|\n",
    );
    for Scenario { name, count } in scenarios {
        let bill = prices.bill(count);
        let parts = [bill.doors, bill.queue, bill.relay, bill.table, bill.logs, bill.egress];
        let parts = parts.map(|dollars| format!("{dollars:.2}")).join(" | ");
        report.row(&format!("| {name} | {parts} | **{:.2}** |", bill.total()));
        if let Some((_, most)) = BILL_MAX.iter().find(|(limited, _)| limited == name) {
            report.ceiling(bill.total() <= *most, || {
                format!("a million times {name:?} costs {:.2} dollars, more than {most:.2}", bill.total())
            });
        }
    }
}
