//! The ceilings, out of `ceilings.txt`.

use deskbridge_core::model::Surface;
use deskbridge_tests::Desk;

use crate::counter::COLUMNS;
use crate::scenarios::{ALL, Counted, Scenario};

const TEXT: &str = include_str!("ceilings.txt");

/// The most that a scenario may cost on a surface, whatever the platform: one figure for each helpdesk and column.
pub(crate) struct Ceiling {
    pub(crate) scenario: Scenario,
    pub(crate) surface: Surface,
    most: [[usize; 2]; COLUMNS.len()],
}

impl Ceiling {
    /// All of them.
    ///
    /// # Panics
    /// When the file is not as it must be.
    pub(crate) fn all() -> Vec<Self> {
        let lines = TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(|line| Self::read(line).unwrap_or_else(|| panic!("ceilings.txt: {line}"))).collect()
    }

    fn read(line: &str) -> Option<Self> {
        let mut cells = line.split('|').map(str::trim);
        let name = cells.next()?;
        let scenario = ALL.into_iter().find(|scenario| scenario.name() == name)?;
        let surface = match cells.next()? {
            "public" => Surface::Public,
            "direct" => Surface::Direct,
            _ => return None,
        };
        let most: Vec<[usize; 2]> = cells.map(both).collect::<Option<_>>()?;
        Some(Self { scenario, surface, most: most.try_into().ok()? })
    }

    /// For each column the most at that helpdesk.
    pub(crate) fn at(&self, desk: Desk) -> [usize; COLUMNS.len()] {
        self.most.map(|[zendesk, freshdesk]| if desk == Desk::Zendesk { zendesk } else { freshdesk })
    }

    pub(crate) fn is_for(&self, counted: &Counted) -> bool {
        (self.scenario, self.surface) == (counted.scenario, counted.way.surface)
    }
}

/// `1` is for both helpdesks, `1/3` for Zendesk and Freshdesk.
fn both(cell: &str) -> Option<[usize; 2]> {
    let (zendesk, freshdesk) = cell.split_once('/').unwrap_or((cell, cell));
    Some([zendesk.parse().ok()?, freshdesk.parse().ok()?])
}
