//! Runs this program under callgrind, which counts every instruction and says in which function it was.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cases;
use crate::record::Record;

/// Functions of these crates are left out: hashing is done by instructions of the processor that callgrind does not know.
const HASHING: [&str; 5] = ["sha2::", "sha1::", "hmac::", "digest::", "block_buffer::"];
/// The function inside of which is counted.
const COUNTED: &str = "deskbridge_instructions::cases::counted_by_callgrind";

/// Counts all cases.
///
/// # Errors
/// What is missing or went wrong.
pub(crate) fn count() -> Result<Record, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = program.with_extension("callgrind");
    // What a former run left would be taken for this one's.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let output = folder.join("out");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet"]);
    valgrind.args([format!("--toggle-collect={COUNTED}"), format!("--dump-after={COUNTED}")]);
    valgrind.arg(format!("--callgrind-out-file={}", output.display()));
    valgrind.arg(&program).arg("--run");
    // Nothing of the surroundings: they would lie in its memory.
    let status = valgrind.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).status();
    let status =
        status.map_err(|error| format!("valgrind does not start ({error}): apt install valgrind"))?;
    if !status.success() {
        return Err(format!("valgrind: {status}"));
    }
    let mut counts = Vec::new();
    for (case, nth) in cases::all().into_iter().zip(1..) {
        counts.push((case.name, instructions(&output.with_extension(nth.to_string()), &program)?));
    }
    Ok(Record::of(counts))
}

/// The instructions of a dump that were ours: in this program, and not for hashing. What the C library takes for memory is
/// not ours, and another machine has another one.
fn instructions(dump: &Path, program: &Path) -> Result<u64, String> {
    let text = fs::read_to_string(dump).map_err(|error| format!("{}: {error}", dump.display()))?;
    Ok(Dump::default().sum(&text, &program.to_string_lossy()))
}

/// A dump as it is read: names are told once, with a number that stands for them afterwards.
#[derive(Default)]
struct Dump<'t> {
    names: std::collections::HashMap<&'t str, &'t str>,
}

impl<'t> Dump<'t> {
    fn sum(mut self, text: &'t str, program: &str) -> u64 {
        let (mut ours, mut hashing, mut is_call, mut sum) = (false, false, false, 0);
        let mut objects = Self::default();
        for line in text.lines() {
            if let Some(object) = line.strip_prefix("ob=") {
                ours = objects.name(object) == program;
            } else if let Some(function) = line.strip_prefix("fn=") {
                let function = self.name(function);
                hashing = HASHING.iter().any(|name| function.trim_start_matches('<').starts_with(name));
            } else if let Some(callee) = line.strip_prefix("cfn=") {
                self.name(callee);
            } else if let Some(object) = line.strip_prefix("cob=") {
                objects.name(object);
            } else if line.starts_with("calls=") {
                is_call = true;
            } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
                // What a called function took stands in the line after the call, and in the function's own lines.
                let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok());
                if !std::mem::take(&mut is_call) && ours && !hashing {
                    sum += cost.unwrap_or(0);
                }
            }
        }
        sum
    }

    /// `(7) name` names the number, `(7)` means that name.
    fn name(&mut self, text: &'t str) -> &'t str {
        let (number, name) = text.split_once(' ').unwrap_or((text, ""));
        if !name.is_empty() {
            self.names.insert(number, name);
        }
        self.names.get(number).copied().unwrap_or_default()
    }
}
