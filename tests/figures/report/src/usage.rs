//! What a process used so far, as Linux counts it.

use std::fs;
use std::time::Duration;

/// What a process used.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Time on a processor, all threads together.
    pub cpu: Duration,
    /// Memory now, in KiB.
    pub rss: u64,
    /// The most memory so far, in KiB.
    pub peak: u64,
}

/// Reads it from `/proc`.
///
/// # Panics
/// When the process is gone, or this is not Linux.
pub fn usage(process: u32) -> Usage {
    let status = read(&format!("/proc/{process}/status"));
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of /proc");
        let number = line.split_whitespace().find_map(|word| word.parse().ok());
        number.expect("a number of /proc")
    };
    let threads = fs::read_dir(format!("/proc/{process}/task")).expect("the process runs");
    let nanoseconds = threads.map(|thread| {
        let schedule = read(&thread.expect("a thread").path().join("schedstat").to_string_lossy());
        schedule.split(' ').next().and_then(|number| number.parse::<u64>().ok()).expect("a number of /proc")
    });
    Usage { cpu: Duration::from_nanos(nanoseconds.sum()), rss: kib("VmRSS:"), peak: kib("VmHWM:") }
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The one in the middle.
pub fn median<T: Copy + PartialOrd>(values: &[T]) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|one, other| one.partial_cmp(other).expect("numbers"));
    sorted[sorted.len() / 2]
}
