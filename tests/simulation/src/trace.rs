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
        for byte in self.scratch.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
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
