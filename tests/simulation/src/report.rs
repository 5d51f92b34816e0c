//! What is told of a run.

use crate::oracle::Balance;
use crate::tape::Tape;
use crate::trace::Trace;
use crate::world::Figures;

/// How a run went.
#[derive(Clone, Debug)]
pub struct Report {
    /// The first broken promise.
    pub broken: Option<String>,
    /// The trace.
    pub trace: Trace,
    /// Everything drawn.
    pub tape: Tape,
    /// What happened how often.
    pub figures: Figures,
    /// What was owed and given.
    pub balance: Balance,
    /// How much time passed in the run, in milliseconds.
    pub simulated_ms: i64,
    /// The size of the largest item of the store, in bytes.
    pub item_bytes_max: usize,
}
