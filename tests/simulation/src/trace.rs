//! What happened, as a hash of everything and, if wanted, as text.

use std::fmt::Arguments;

/// The trace of a run.
#[derive(Clone, Debug)]
pub struct Trace {
    hash: u64,
    steps: u64,
    lines: Option<Vec<String>>,
    scratch: String,
}

impl Trace {
    pub(crate) fn new(keep: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, steps: 0, lines: keep.then(Vec::new), scratch: String::new() }
    }

    /// Notes something that happened at `now`.
    pub(crate) fn note(&mut self, now: i64, what: Arguments<'_>) {
        use std::fmt::Write;
        self.steps += 1;
        self.scratch.clear();
        // Writing into a string cannot fail.
        let _ = write!(self.scratch, "{now} {what}");
        let (words, rest) = self.scratch.as_bytes().as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
        self.hash = words.fold(self.hash, mix);
        if let Some(lines) = &mut self.lines {
            lines.push(self.scratch.clone());
        }
    }

    /// The hash of everything that happened.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How much happened.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What happened, line by line, if it was kept.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}

/// Eight bytes at a time: a trace is hashed in every run, and read in few.
fn mix(hash: u64, word: u64) -> u64 {
    let mixed = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 32)
}
