//! The draws of a run, written down: so a run is kept, shrunk and replayed whatever seeds mean by then.

use std::fmt;
use std::str::FromStr;

/// What draws stand for changes now and then; this is the present meaning.
pub(crate) const FORMAT: u8 = 5;

/// A list of draws, and what they stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tape {
    /// 1: every account of the house is swept in every run. 2: in most runs only those with which customers talk. 3: some runs are
    /// about answers or about what is taken back, and some answers have a file that no platform takes. 4: some
    /// runs are about webhooks that are missed, requests that land late, or photos. 5: some are about customers who come back
    /// after their ticket was solved.
    pub format: u8,
    /// What was drawn. Beyond its end everything is 0, the harmless choice.
    pub draws: Vec<u32>,
}

impl Tape {
    /// A tape of the present format.
    #[must_use]
    pub fn new(draws: Vec<u32>) -> Self {
        Self { format: FORMAT, draws }
    }
}

impl FromStr for Tape {
    type Err = String;

    /// Numbers between white space, after `format 2` and the like; without such a head, of format 1.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace().peekable();
        let format = match words.next_if_eq(&"format") {
            Some(_) => words.next().and_then(|word| word.parse().ok()).ok_or("not the format of a tape")?,
            None => 1,
        };
        if !(1..=FORMAT).contains(&format) {
            return Err(format!("a tape of format {format}; this version reads up to {FORMAT}"));
        }
        let draws: Result<_, _> = words.map(str::parse).collect();
        Ok(Self { format, draws: draws.map_err(|_| "a tape holds numbers")? })
    }
}

impl fmt::Display for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.draws.iter().map(u32::to_string).collect();
        if self.format > 1 {
            writeln!(f, "format {}", self.format)?;
        }
        writeln!(f, "{}", numbers.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_is_read_as_it_was_written_and_old_ones_keep_their_meaning() {
        for tape in [Tape::new(vec![0, 7, 3]), Tape { format: 1, draws: vec![5] }, Tape::new(Vec::new())] {
            assert_eq!(tape.to_string().parse(), Ok(tape));
        }
        assert_eq!("1 2\n".parse(), Ok(Tape { format: 1, draws: vec![1, 2] }));
        for bad in ["format", "format 9 1", "format 0", "1 x"] {
            assert!(bad.parse::<Tape>().is_err(), "{bad}");
        }
    }
}
