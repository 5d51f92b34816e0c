//! What a run is mostly about.

use std::str::FromStr;

use crate::draws::Draws;

/// What a run is mostly about. Rare things need each other to go wrong: a theme brings them together more often than chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Anything.
    Any,
    /// Agents close, merge and delete tickets to which customers go on writing.
    Deeds,
    /// Tickets whose first attempt goes without a record, and what then gets lost.
    FirstAttempts,
    /// Processes stand still for longer than their claims last, and requests land late.
    Standstill,
    /// A helpdesk is away for longer than it remembers keys, after answers got lost.
    Outage,
    /// What the store reads is hours old.
    OldReads,
    /// A helpdesk makes something, does not say so, and is away for longer than the bridge is patient.
    Doubt,
    /// Agents answer again and again; neither what their answers lead to nor its echo can be relied upon.
    Answers,
    /// Customers take comments back while their ticket is opened by attempts of which nothing is recorded.
    TakenBack,
    /// Webhooks of helpdesks get lost, and sweeps that look for what they told fail.
    Missed,
    /// Helpdesks carry out what shows how replies fare after whoever sent it has left.
    Landing,
    /// Photos whose copies are in doubt while their tickets end.
    Photos,
    /// Tickets are solved, customers who come back get another one, and take back what stands in the earlier.
    Returns,
}

/// How often each comes among them. Tapes of earlier formats know none behind the first 18, 22 or 25.
const THEMES: [Theme; 26] = [
    Theme::Any,
    Theme::Any,
    Theme::Any,
    Theme::Any,
    Theme::Any,
    Theme::Any,
    Theme::Any,
    Theme::Deeds,
    Theme::Deeds,
    Theme::FirstAttempts,
    Theme::FirstAttempts,
    Theme::FirstAttempts,
    Theme::Standstill,
    Theme::Standstill,
    Theme::Outage,
    Theme::Outage,
    Theme::OldReads,
    Theme::Doubt,
    Theme::Answers,
    Theme::Answers,
    Theme::TakenBack,
    Theme::TakenBack,
    Theme::Missed,
    Theme::Landing,
    Theme::Photos,
    Theme::Returns,
];

impl Theme {
    pub(crate) fn draw(draws: &mut Draws) -> Self {
        let known = match draws.format() {
            1 | 2 => 18,
            3 => 22,
            4 => 25,
            _ => THEMES.len(),
        };
        draws.one_of(&THEMES[..known])
    }

    /// The draw that stands for it.
    pub(crate) fn as_draw(self) -> u32 {
        let at = THEMES.iter().position(|theme| *theme == self);
        at.and_then(|at| u32::try_from(at).ok()).unwrap_or_default()
    }
}

impl FromStr for Theme {
    type Err = String;

    /// By its name, as in `FirstAttempts`.
    fn from_str(name: &str) -> Result<Self, String> {
        let mut known = THEMES.to_vec();
        known.dedup();
        let names: Vec<String> = known.iter().map(|theme| format!("{theme:?}")).collect();
        let found = known.iter().zip(&names).find(|(_, known)| *known == name);
        found
            .map(|(theme, _)| *theme)
            .ok_or_else(|| format!("no run is about that, but {}", names.join(", ")))
    }
}
