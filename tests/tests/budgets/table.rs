//! The one table: everything that happens, on every way to every helpdesk, held against the ceilings, and written down for the
//! documents.

use std::path::Path;

use deskbridge_tests::Desk;

use crate::ALONE;
use crate::ceilings::Ceiling;
use crate::counter::{COLUMNS, Count};
use crate::scenarios::{Counted, count_all};
use crate::tables;

/// These columns, bytes and the relay's allocations, change with every word and field: their ceilings may be a little higher than
/// what is needed.
const LOOSE: [usize; 4] = [6, 7, 8, 10];

#[tokio::test]
async fn everything_that_happens_stays_below_its_ceilings() {
    let _alone = ALONE.lock().await;
    let (counted, ceilings) = (count_all().await, Ceiling::all());
    let mut broken = Vec::new();
    for one in &counted {
        let Ok(count) = &one.count else { continue };
        match ceilings.iter().find(|ceiling| ceiling.is_for(one)) {
            Some(ceiling) => broken.extend(above(one, count, ceiling)),
            None => broken.push(format!("{}: ceilings.txt has no line for it", name(one))),
        }
    }
    for ceiling in &ceilings {
        broken.extend(Desk::BOTH.into_iter().flat_map(|desk| too_high(ceiling, desk, &counted)));
    }
    tables::write(Path::new(env!("CARGO_TARGET_TMPDIR")), &counted);
    assert!(broken.is_empty(), "{} figures are wrong:\n{}", broken.len(), broken.join("\n"));
}

fn name(one: &Counted) -> String {
    format!("{}, {}, {:?}", one.scenario.name(), one.way.name, one.desk)
}

/// The figures that are above their ceilings.
fn above(one: &Counted, count: &Count, ceiling: &Ceiling) -> Vec<String> {
    let figures = COLUMNS.iter().zip(count.figures()).zip(ceiling.at(one.desk));
    let above = figures.filter(|((_, figure), most)| figure > most);
    above
        .map(|((column, figure), most)| {
            let calls = match *column {
                "helpdesk calls" => format!("{:?}", count.helpdesk),
                "platform calls" => format!("{:?}", count.platform),
                _ => String::new(),
            };
            format!("{}: {figure} {column}, more than {most} {calls}", name(one))
        })
        .collect()
}

/// The ceilings that nothing reaches: what became cheaper must not become dear again unnoticed.
fn too_high(ceiling: &Ceiling, desk: Desk, counted: &[Counted]) -> Vec<String> {
    let here = counted.iter().filter(|one| one.desk == desk && ceiling.is_for(one));
    let figures: Vec<_> = here.filter_map(|one| one.count.as_ref().ok()).map(Count::figures).collect();
    let reached = |column: usize| figures.iter().map(|figures| figures[column]).max().unwrap_or(0);
    let high = (0..COLUMNS.len()).filter(|&column| ceiling.at(desk)[column] > slack(column, reached(column)));
    high.map(|column| {
        let (scenario, surface) = (ceiling.scenario.name(), ceiling.surface);
        let (name, most) = (COLUMNS[column], ceiling.at(desk)[column]);
        format!(
            "{scenario}, {surface:?}, {desk:?}: {most} {name} are allowed, and {} needed",
            reached(column)
        )
    })
    .collect()
}

/// The highest ceiling for a figure: itself, or a little more.
fn slack(column: usize, figure: usize) -> usize {
    if LOOSE.contains(&column) { figure + figure / 20 + 10 } else { figure }
}
