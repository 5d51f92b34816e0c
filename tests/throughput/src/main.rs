//! How fast the one-process bridge is, and how it grows: the real binary between stand-ins on loopback, under a load that is
//! made on the same machine. `cargo xtask figures bridge` builds it and runs this.

mod house;
mod load;
mod machine;
mod peers;
mod process;
mod stand_ins;
mod tables;
mod webhooks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use deskbridge_report::Report;

use crate::house::House;

/// What to measure.
#[derive(Parser)]
struct Arguments {
    /// The `deskbridge` binary. Its data is put beside it: on a disk, not in memory.
    #[arg(long)]
    bridge: PathBuf,
    /// With how many open conversations.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64, 100, 1_000, 100_000])]
    conversations: Vec<usize>,
    /// Measure what people use today beside the bridge instead; it is installed in this folder.
    #[arg(long)]
    peers: Option<PathBuf>,
    /// Write nothing; fail only when a floor is not reached.
    #[arg(long)]
    check: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    arguments.bridge = arguments.bridge.canonicalize().expect("the binary is there");
    let machine = machine::describe(arguments.bridge.parent().expect("a folder"));
    let mut report = Report::default();
    if let Some(installed) = &arguments.peers {
        let mut compared = Vec::new();
        for peer in peers::all(&arguments.bridge, installed) {
            eprintln!("{}", peer.name);
            compared.push(peer.compare().await);
        }
        tables::machine(&mut report, "peers-machine", &machine);
        tables::peers(&mut report, &compared);
    } else {
        let mut measured = Vec::new();
        for conversations in arguments.conversations {
            eprintln!("{conversations} open conversations");
            measured.push(House::open(&arguments.bridge, conversations).await.measure().await);
        }
        tables::machine(&mut report, "bridge-machine", &machine);
        tables::bridge(&mut report, &measured);
    }
    report.finish(arguments.check)
}
