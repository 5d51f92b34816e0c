//! A bounded run without a fuzzer: samples, and samples changed at random. The same seed makes the same changes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Target;

/// An input for which a law does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The input.
    pub input: Vec<u8>,
    /// What the law said.
    pub why: String,
}

/// What means something in the formats that come in.
const TOKENS: [&str; 32] = [
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "0",
    "-1",
    "1e99",
    "18446744073709551616",
    "\"id\":",
    "\"error\":",
    "\"code\":190",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    "\r\n\r\n",
    " \u{a0}",
    "\u{200b}",
    "\u{202e}",
    "👨‍👩‍👧",
    "e\u{301}",
    "<p>",
    "</p>",
    "<br>",
    "<li>",
    "<blockquote>",
    "<a href=",
    "<!--",
    "&amp;",
    "https://a.example/",
    "{{x}}",
    "--",
];

/// Longer inputs only take longer.
const BYTES_MAX: usize = 4_096;

/// Checks every sample and so many changed ones; gives how many there were.
///
/// # Errors
/// The first input for which the law does not hold.
pub fn bounded(target: &Target, changed: u64, seed: u64) -> Result<u64, Broken> {
    let samples = (target.samples)();
    for sample in &samples {
        check(target, sample)?;
    }
    let mut chance = Chance(seed);
    for _ in 0..changed {
        check(target, &change(&samples, &mut chance))?;
    }
    Ok(samples.len() as u64 + changed)
}

/// Checks one input.
///
/// # Errors
/// When the law does not hold for it.
pub fn check(target: &Target, input: &[u8]) -> Result<(), Broken> {
    catch_unwind(AssertUnwindSafe(|| (target.check)(input))).map_err(|panic| {
        let why = panic.downcast_ref::<String>().cloned();
        let why = why.or_else(|| panic.downcast_ref::<&str>().map(|why| (*why).to_owned()));
        Broken { input: input.to_vec(), why: why.unwrap_or_default() }
    })
}

/// A sample with up to eight changes.
fn change(samples: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut input = chance.of(samples).cloned().unwrap_or_default();
    for _ in 0..=chance.below(8) {
        let (from, to) = chance.range(input.len());
        match chance.below(7) {
            0 => input.truncate(to),
            1 => drop(input.drain(from..to)),
            2 => input.extend_from_within(from..to),
            3 => drop(input.splice(from..to, chance.of(samples).cloned().unwrap_or_default())),
            4 => drop(input.splice(from..from, chance.of(&TOKENS).map_or("", |token| token).bytes())),
            5 => drop(input.splice(from..from, [chance.byte()])),
            _ => {
                if let Some(byte) = input.get_mut(from) {
                    *byte ^= 1 << chance.below(8);
                }
            }
        }
        input.truncate(BYTES_MAX);
    }
    input
}

/// Numbers that look random (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or_default()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// A range within a length, most often a short one.
    fn range(&mut self, length: usize) -> (usize, usize) {
        let from = self.below(length + 1);
        let most = if self.below(4) == 0 { length } else { 16 };
        (from, (from + self.below(most + 1)).min(length))
    }
}
