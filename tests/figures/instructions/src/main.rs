//! How many instructions it takes to read webhooks, to plan, to make requests, and to write and read items: counted under
//! callgrind, compared with `record.txt`. `cargo xtask figures instructions` runs this.

mod accounts;
mod callgrind;
mod cases;
mod record;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use deskbridge_report::Report;

use crate::record::Record;

/// What to do.
#[derive(Parser)]
struct Arguments {
    /// Write nothing; fail when a figure differs from the recorded one.
    #[arg(long)]
    check: bool,
    /// Run what is to be counted; for this program itself.
    #[arg(long, hide = true)]
    run: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.run {
        cases::all().iter().for_each(cases::Case::run);
        return ExitCode::SUCCESS;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("record.txt");
    let counted = match callgrind::count() {
        Ok(counted) => counted,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::FAILURE;
        }
    };
    let mut report = Report::default();
    let record = if arguments.check {
        let recorded = Record::read(&file);
        recorded.compare(&counted, &mut report);
        recorded
    } else {
        counted.write(&file);
        counted
    };
    record.table(&mut report);
    report.finish(arguments.check)
}
