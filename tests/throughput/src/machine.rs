//! The machine that all this was measured on.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::load::quantile;

const WRITES: usize = 200;

/// Its processors, and how long its disk takes: of a file in this folder.
pub(crate) fn describe(folder: &Path) -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("processor of unknown make", |(_, name)| name);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    let micros = sync(folder);
    format!(
        "{model}, {processors} processors, the load among them; a forced write of 4 KiB takes {:.2} ms (p50) to {:.2} ms (p99); \
         load average before: {load}.",
        f64::from(quantile(&micros, 0.5)) / 1e3,
        f64::from(quantile(&micros, 0.99)) / 1e3,
    )
}

/// How long forced writes take, in microseconds, sorted.
fn sync(folder: &Path) -> Vec<u32> {
    let path = folder.join("forced-writes");
    let mut file = File::create(&path).expect("a file");
    let mut micros = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let begin = Instant::now();
        file.write_all(&[0; 4096]).and_then(|()| file.sync_data()).expect("a disk");
        micros.push(u32::try_from(begin.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    // It is of no use any more.
    let _ = fs::remove_file(path);
    micros.sort_unstable();
    micros
}
