//! Many seeds, and what they add up to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use crate::draws::Draws;
use crate::house::accounts;
use crate::marks::MARKS;
use crate::oracle::Balance;
use crate::report::Report;
use crate::run::run;
use crate::theme::Theme;
use crate::world::Figures;

/// Which seeds to run.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The first seed.
    pub from: u64,
    /// What they are all about; none: each about what it draws.
    pub about: Option<Theme>,
    /// At most so many.
    pub seeds: u64,
    /// At most so long.
    pub limit: Option<Duration>,
    /// On so many threads; each run stays on one.
    pub threads: u64,
    /// Stops after so many violations.
    pub violations_max: usize,
}

/// What a campaign found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Seeds run.
    pub seeds: u64,
    /// Things that happened.
    pub steps: u64,
    /// The traces of all seeds in one number: the same seeds give the same, on however many threads and whatever machine.
    pub hash: u64,
    /// Simulated time, in milliseconds.
    pub simulated_ms: i64,
    /// How long it took.
    pub took: Duration,
    /// What was owed and given.
    pub balance: Balance,
    /// What happened how often.
    pub figures: Figures,
    /// The size of the largest item of the store, in bytes.
    pub item_bytes_max: usize,
    /// Seeds that broke a promise, and which.
    pub violations: Vec<(u64, String)>,
}

/// Runs a campaign.
#[must_use]
pub fn campaign(campaign: &Campaign) -> Found {
    let begun = Instant::now();
    let threads = campaign.threads.max(1);
    let parts: Vec<Found> = std::thread::scope(|scope| {
        let handles: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || part(campaign, thread, threads, begun))).collect();
        handles.into_iter().filter_map(|handle| handle.join().ok()).collect()
    });
    let mut found = Found::default();
    for part in parts {
        found.join(part);
    }
    found.violations.sort();
    found.took = begun.elapsed();
    found
}

fn part(campaign: &Campaign, thread: u64, threads: u64, begun: Instant) -> Found {
    let directory = accounts();
    let mut found = Found::default();
    let mut seed = campaign.from.saturating_add(thread);
    let end = campaign.from.saturating_add(campaign.seeds);
    while seed < end {
        if campaign.limit.is_some_and(|limit| begun.elapsed() >= limit)
            || found.violations.len() >= campaign.violations_max
        {
            break;
        }
        let report = run(Draws::of_seed(seed).about(campaign.about), &directory, false);
        found.add(seed, report);
        seed = seed.saturating_add(threads);
    }
    found
}

impl Found {
    fn add(&mut self, seed: u64, report: Report) {
        let one = Self {
            seeds: 1,
            steps: report.trace.steps(),
            hash: report.trace.hash().wrapping_mul(seed | 1),
            simulated_ms: report.simulated_ms,
            balance: report.balance,
            figures: report.figures,
            item_bytes_max: report.item_bytes_max,
            violations: report.broken.map(|broken| (seed, broken)).into_iter().collect(),
            ..Self::default()
        };
        self.join(one);
    }

    fn join(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        self.hash = self.hash.wrapping_add(other.hash);
        self.simulated_ms += other.simulated_ms;
        self.balance.messages += other.balance.messages;
        self.balance.held += other.balance.held;
        self.balance.duplicates += other.balance.duplicates;
        self.balance.replies += other.balance.replies;
        self.balance.published += other.balance.published;
        self.figures.freezes += other.figures.freezes;
        self.item_bytes_max = self.item_bytes_max.max(other.item_bytes_max);
        for (name, times) in other.figures.fates {
            *self.figures.fates.entry(name).or_default() += times;
        }
        for (name, times) in other.figures.crashes {
            *self.figures.crashes.entry(name).or_default() += times;
        }
        for (name, times) in other.figures.lines {
            *self.figures.lines.entry(name).or_default() += times;
        }
        for (name, times) in other.figures.marks {
            *self.figures.marks.entry(name).or_default() += times;
        }
        self.violations.extend(other.violations);
    }

    /// The states that were never reached.
    #[must_use]
    pub fn missed(&self) -> Vec<&'static str> {
        MARKS.iter().copied().filter(|mark| !self.figures.marks.contains_key(mark)).collect()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64().max(0.001);
        let (seeds, steps) = (self.seeds, self.steps);

        let rate = seeds as f64 / seconds;
        writeln!(f, "seeds             {seeds} in {seconds:.1} s, {rate:.0} a second")?;
        writeln!(f, "steps             {steps}")?;
        writeln!(f, "hash              {:016x}", self.hash)?;
        writeln!(f, "simulated hours   {}", self.simulated_ms / 3_600_000)?;
        let balance = &self.balance;
        writeln!(f, "messages          {} accepted, {} held", balance.messages, balance.held)?;
        writeln!(f, "duplicates        {} in tickets", balance.duplicates)?;
        writeln!(f, "replies           {}, {} published whole", balance.replies, balance.published)?;
        writeln!(f, "largest item      {} B", self.item_bytes_max)?;
        writeln!(f, "freezes           {}", self.figures.freezes)?;
        table(f, "calls", &self.figures.fates, |(call, fate)| format!("{call}: {fate}"))?;
        table(f, "crashes", &self.figures.crashes, |(call, happened)| {
            format!("{call}: {}", if *happened { "after" } else { "before" })
        })?;
        table(f, "marks", &self.figures.marks, |mark| (*mark).to_owned())?;
        writeln!(f, "marks reached     {} of {}", MARKS.len() - self.missed().len(), MARKS.len())?;
        table(f, "telemetry", &self.figures.lines, Clone::clone)?;
        writeln!(f, "violations        {}", self.violations.len())
    }
}

fn table<K>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    rows: &BTreeMap<K, u64>,
    name: impl Fn(&K) -> String,
) -> fmt::Result {
    writeln!(f, "{title}")?;
    for (key, times) in rows {
        writeln!(f, "  {:<56}{times}", name(key))?;
    }
    Ok(())
}
