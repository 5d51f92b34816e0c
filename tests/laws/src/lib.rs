//! What must hold for whatever comes in, as functions that panic if it does not. The conformance tests call them with
//! samples, [`bounded()`] with changed samples, and the fuzz targets in `tests/fuzz` with whatever a fuzzer finds.

mod answered;
pub mod answers;
mod bounded;
mod customers;
mod doors;
mod parsing;
mod pieces;
mod replies;
mod stored;
pub mod subjects;
mod target;
pub mod walks;

pub use bounded::{Broken, bounded, check};
pub use target::{TARGETS, Target, fuzz, target};

/// A byte that no text contains, so that a change rarely moves the borders between the parts of an input.
const BORDER: u8 = 0xff;

/// Parts of an input, the rest being the last of them.
fn parts(data: &[u8], most: usize) -> impl Iterator<Item = &[u8]> {
    data.splitn(most, |byte| *byte == BORDER)
}

/// Puts parts together into an input.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&BORDER)
}

/// The one of these that a byte of an input chooses.
fn choice<T>(all: &[T], byte: u8) -> Option<&T> {
    all.get(usize::from(byte) % all.len().max(1))
}
