//! The figures of `docs/reliability.md`, written by the commands that made them: each between two marks,
//! `<!-- sim:NAME -->` and `<!-- sim end -->`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use deskbridge_simulation::{Found, MARKS};

use crate::shell::{Trouble, root};

const FILE: &str = "docs/reliability.md";
const END: &str = "<!-- sim end -->";

/// Puts a text between its marks.
pub(crate) fn write(name: &str, text: &str) -> Result<(), Trouble> {
    let file = root().join(FILE);
    let trouble = |why: String| Trouble::new(format!("{FILE}: {why}"));
    let document = fs::read_to_string(&file).map_err(|error| trouble(error.to_string()))?;
    let mark = format!("<!-- sim:{name} -->\n");
    let parts = document.split_once(&mark).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = parts else { return Err(trouble(format!("there is no mark {mark}"))) };
    fs::write(&file, format!("{before}{mark}{text}{END}{after}"))
        .map_err(|error| trouble(error.to_string()))?;
    println!("wrote {FILE}");
    Ok(())
}

/// A campaign as Markdown, with the command that repeats it.
pub(crate) fn campaign(found: &Found, command: &str) -> String {
    let mut text = String::new();
    let broken = |promise: &str| found.violations.iter().filter(|(_, why)| why.starts_with(promise)).count();
    let count = |names: &[&str]| -> u64 {
        let lines = found.figures.lines.iter().filter(|(line, _)| names.contains(&line.as_str()));
        lines.map(|(_, times)| times).sum()
    };
    let rows = [
        ("seeds", format!("{} ({:.0} a second)", found.seeds, found.seeds as f64 / found.took.as_secs_f64())),
        ("steps", found.steps.to_string()),
        ("hash of all traces", format!("{:016x}", found.hash)),
        ("simulated hours", (found.simulated_ms / 3_600_000).to_string()),
        ("customers' messages accepted", found.balance.messages.to_string()),
        ("lost (I2)", broken("I2").to_string()),
        ("twice in a ticket (I4), in two tickets (I3)", (broken("I4") + broken("I3")).to_string()),
        ("agents' replies", found.balance.replies.to_string()),
        ("published whole", found.balance.published.to_string()),
        ("published twice (I5)", broken("I5").to_string()),
        ("not published, and nobody told (I6)", broken("I6").to_string()),
        (
            "sends whose answer never came",
            count(&[
                "create_ticket send unknown",
                "append_comment send unknown",
                "add_note send unknown",
                "post_reply send unknown",
            ])
            .to_string(),
        ),
        (
            "lookups",
            found
                .figures
                .lines
                .iter()
                .filter(|(line, _)| line.contains(" lookup "))
                .map(|(_, times)| times)
                .sum::<u64>()
                .to_string(),
        ),
        ("processes that stood still", found.figures.freezes.to_string()),
        ("largest item", format!("{} B", found.item_bytes_max)),
        ("marks reached", format!("{} of {}", MARKS.len() - found.missed().len(), MARKS.len())),
        ("**violations**", format!("**{}**", found.violations.len())),
    ];
    let _ = writeln!(text, "`{command}`\n\n| | |\n|---|---|");
    for (name, value) in rows {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for ((_, fate), times) in found.figures.fates.iter().filter(|((_, fate), _)| *fate != "ok") {
        *kinds.entry(fate).or_default() += times;
    }
    let _ = writeln!(text, "\n| calls that went wrong | times |\n|---|---|");
    for (kind, times) in kinds {
        let _ = writeln!(text, "| {kind} | {times} |");
    }
    let _ = writeln!(text, "\n| crashes at a call | before it happened | after |\n|---|---|---|");
    let calls: Vec<&str> = {
        let mut calls: Vec<&str> = found.figures.crashes.keys().map(|(call, _)| *call).collect();
        calls.dedup();
        calls
    };
    for call in calls {
        let times = |happened| found.figures.crashes.get(&(call, happened)).copied().unwrap_or_default();
        let _ = writeln!(text, "| {call} | {} | {} |", times(false), times(true));
    }
    let _ = writeln!(text, "\n| marks | times |\n|---|---|");
    for mark in MARKS {
        let _ = writeln!(text, "| {mark} | {} |", found.figures.marks.get(mark).copied().unwrap_or_default());
    }
    text
}
