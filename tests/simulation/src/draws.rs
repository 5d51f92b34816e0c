//! Chance as a list of draws: from a seed, or from a tape. The value 0 always stands for the harmless choice, so a tape
//! with zeros in it is a kinder run.

use std::time::Duration;

use crate::tape::{FORMAT, Tape};
use crate::theme::Theme;

/// Where all chance of a run comes from.
#[derive(Clone, Debug)]
pub struct Draws {
    state: u64,
    tape: Option<Vec<u32>>,
    format: u8,
    about: Option<Theme>,
    drawn: Vec<u32>,
}

impl Draws {
    /// Draws from a seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            tape: None,
            format: FORMAT,
            about: None,
            drawn: Vec::new(),
        }
    }

    /// Draws from a seed whose run is about this, whatever it would have been about; its tape says so.
    #[must_use]
    pub fn about(self, theme: Option<Theme>) -> Self {
        Self { about: theme, ..self }
    }

    /// Draws from a tape; zeros when it is at its end.
    #[must_use]
    pub fn of_tape(tape: Tape) -> Self {
        Self { state: 0, tape: Some(tape.draws), format: tape.format, about: None, drawn: Vec::new() }
    }

    /// Everything drawn so far.
    #[must_use]
    pub fn drawn(&self) -> Tape {
        Tape { format: self.format, draws: self.drawn.clone() }
    }

    /// What the draws stand for, see [`Tape::format`].
    pub(crate) fn format(&self) -> u8 {
        self.format
    }

    /// A number below `n`; 0 if `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        let about = self.about.filter(|_| self.drawn.is_empty());
        let value = match (&self.tape, about) {
            (None, Some(theme)) => theme.as_draw(),
            (Some(tape), _) => tape.get(self.drawn.len()).map_or(0, |value| value % n.max(1)),
            (None, None) => {
                let wide = (self.next() >> 32) * u64::from(n.max(1));
                u32::try_from(wide >> 32).unwrap_or(0)
            }
        };
        self.drawn.push(value);
        value
    }

    /// Whether something happens that happens so often in a thousand. What never happens draws nothing.
    pub fn chance(&mut self, in_thousand: u32) -> bool {
        in_thousand > 0 && self.below(1000) >= 1000_u32.saturating_sub(in_thousand)
    }

    /// One of several, the first being the harmless one.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        let at = self.below(u32::try_from(choices.len()).unwrap_or(1));
        choices[usize::try_from(at).unwrap_or(0)]
    }

    /// A while from `least` up to `most`.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let span = u32::try_from(most.saturating_sub(least).as_millis()).unwrap_or(u32::MAX);
        least + Duration::from_millis(u64::from(self.below(span.saturating_add(1))))
    }

    /// SplitMix64: small, and good enough for schedules.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_about_what_it_is_told_to_be_about() {
        for theme in [Theme::Any, Theme::Deeds, Theme::Photos] {
            let mut draws = Draws::of_seed(7).about(Some(theme));
            assert_eq!(Theme::draw(&mut draws), theme);
            assert_eq!(Theme::draw(&mut Draws::of_tape(draws.drawn())), theme);
            assert_eq!(format!("{theme:?}").parse(), Ok(theme));
        }
        assert!("Weather".parse::<Theme>().is_err_and(|why| why.contains("Any, Deeds")));
    }

    #[test]
    fn a_tape_repeats_a_seed_and_an_empty_one_is_harmless() {
        let mut seeded = Draws::of_seed(7);
        let first: Vec<u32> = (1..200).map(|n| seeded.below(n)).collect();
        assert!(first.iter().zip(1..).all(|(value, n)| *value < n));
        let mut taped = Draws::of_tape(seeded.drawn());
        assert_eq!((1..200).map(|n| taped.below(n)).collect::<Vec<u32>>(), first);
        let mut blank = Draws::of_tape(Tape::new(Vec::new()));
        assert!(!blank.chance(999) && blank.one_of(&[3, 4]) == 3);
        assert!(blank.chance(1000), "what always happens happens even then");
    }
}
