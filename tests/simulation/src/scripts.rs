//! Small conversations in which a process dies at every call, and at every pair of calls.

use deskbridge_engine::Directory;

use crate::run::run_script;
use crate::world::Event;

/// A small conversation.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// What it is.
    pub name: &'static str,
    /// Which of the world's conversations.
    pub(crate) talk: usize,
    /// In which minutes the customer writes.
    customer: &'static [i64],
    /// In which minutes an agent answers.
    agent: &'static [i64],
    pub(crate) long_winded: bool,
}

const fn script(
    name: &'static str,
    talk: usize,
    customer: &'static [i64],
    agent: &'static [i64],
    long_winded: bool,
) -> Script {
    Script { name, talk, customer, agent, long_winded }
}

/// All scripts.
pub const SCRIPTS: [Script; 13] = [
    script("Zendesk: a comment", 0, &[1], &[], false),
    script("Zendesk: a comment and a follow-up", 0, &[1, 4], &[], false),
    script("Zendesk: a comment and an answer", 0, &[1], &[4], false),
    script("Zendesk: a message and an answer", 2, &[1], &[4], false),
    script("Zendesk: a message and an answer in pieces", 2, &[1], &[4], true),
    script("Freshdesk: a comment", 1, &[1], &[], false),
    script("Freshdesk: a comment and a follow-up", 1, &[1, 4], &[], false),
    script("Freshdesk: a comment and an answer", 1, &[1], &[4], false),
    script("Freshdesk: a message and an answer", 3, &[1], &[4], false),
    script("Freshdesk: a message and an answer in pieces", 3, &[1], &[4], true),
    script("Zendesk: a post on X and an answer", 16, &[1], &[4], false),
    script("Freshdesk: a post on X and an answer", 17, &[1], &[4], false),
    script("Zendesk: a message on X and an answer", 18, &[1], &[4], false),
];

impl Script {
    pub(crate) fn events(&self) -> impl Iterator<Item = (i64, Event)> {
        let customer = self.customer.iter().map(|minute| (*minute, Event::Customer));
        customer.chain(self.agent.iter().map(|minute| (*minute, Event::Agent)))
    }
}

/// What came of all schedules of a script.
#[derive(Clone, Debug, Default)]
pub struct Exhausted {
    /// Calls of doors and workers in the run without a crash.
    pub calls: usize,
    /// Schedules that were run.
    pub schedules: u64,
    /// Schedules that broke a promise: the crashes, and which promise.
    pub violations: Vec<(Vec<(u64, bool)>, String)>,
}

/// Lets a process die at every call of the script, before and after the call happens; and, with `pairs`, at every two.
#[must_use]
pub fn exhaust(script: &Script, pairs: bool, directory: &Directory) -> Exhausted {
    let (report, calls) = run_script(script, &[], directory);
    let mut all = Exhausted { calls: calls.len(), ..Exhausted::default() };
    all.note(&[], report.broken);
    for first in moments(&calls) {
        let (report, calls) = run_script(script, &[first], directory);
        all.note(&[first], report.broken);
        // What happens after the first crash is another run: its calls are counted anew.
        for second in moments(&calls).filter(|second| pairs && *second > first) {
            let (report, _) = run_script(script, &[first, second], directory);
            all.note(&[first, second], report.broken);
        }
    }
    all
}

fn moments(calls: &[u64]) -> impl Iterator<Item = (u64, bool)> {
    calls.iter().flat_map(|&call| [(call, false), (call, true)])
}

impl Exhausted {
    fn note(&mut self, crashes: &[(u64, bool)], broken: Option<String>) {
        self.schedules += 1;
        self.violations.extend(broken.map(|broken| (crashes.to_vec(), broken)));
    }
}
