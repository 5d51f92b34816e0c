//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Turns what customers write on social platforms into helpdesk tickets, and carries the agents' replies back.
#[derive(Debug, Parser)]
#[command(name = "deskbridge", version, about)]
pub(crate) struct Arguments {
    /// Without a command: the demo.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the bridge against stand-ins of Facebook, X, Zendesk and Freshdesk, all in this process: nothing to set up.
    Demo(DemoOptions),
    /// Runs the bridge for real accounts.
    Serve(ServeOptions),
    /// Lists everything that is wrong with a configuration; exit code 2 if there is something.
    Check(CheckOptions),
    /// Prints the JSON schema of the configuration, for editors.
    Schema,
    /// Webhooks that are authentic but were not understood.
    Quarantine(QuarantineOptions),
    /// Deliveries that were given up, or wait for a repair.
    Parked(ParkedOptions),
}

impl Default for Command {
    fn default() -> Self {
        Self::Demo(DemoOptions::default())
    }
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DemoOptions {
    /// Keeps the state here, the stand-ins' too, so that a killed demo goes on where it was. Default: a fresh folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The bridge: doors, page, health, metrics.
    #[arg(long, default_value_t = 8080)]
    pub(crate) bridge_port: u16,
    /// The stand-in of Zendesk.
    #[arg(long, default_value_t = 8081)]
    pub(crate) zendesk_port: u16,
    /// The stand-in of Freshdesk.
    #[arg(long, default_value_t = 8082)]
    pub(crate) freshdesk_port: u16,
    /// The stand-in of Meta's Graph API.
    #[arg(long, default_value_t = 8083)]
    pub(crate) graph_port: u16,
    /// The stand-in of the X API.
    #[arg(long, default_value_t = 8084)]
    pub(crate) x_port: u16,
    /// Sets the demo's clock ahead, to see what happens later: with 90000, reply windows of a day have closed.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) ahead: u64,
    /// Prints a line of JSON for everything that the bridge does.
    #[arg(long)]
    pub(crate) verbose: bool,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self {
            data: None,
            bridge_port: 8080,
            zendesk_port: 8081,
            freshdesk_port: 8082,
            graph_port: 8083,
            x_port: 8084,
            ahead: 0,
            verbose: false,
        }
    }
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ServeOptions {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Where the state is kept.
    #[arg(long, value_name = "DIR", default_value = "deskbridge-data")]
    pub(crate) data: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct CheckOptions {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Also tries every credential against the real API.
    #[arg(long)]
    pub(crate) live: bool,
}

/// Where the running bridge is.
#[derive(Clone, Debug, Args)]
pub(crate) struct OperatorOptions {
    /// The data folder of the bridge; the running bridge notes its operator's address there.
    #[arg(long, value_name = "DIR", default_value = "deskbridge-data")]
    pub(crate) data: PathBuf,
    /// The operator's address of the running bridge, such as http://127.0.0.1:9090.
    #[arg(long, value_name = "URL")]
    pub(crate) operator: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct QuarantineOptions {
    #[command(subcommand)]
    pub(crate) action: QuarantineAction,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum QuarantineAction {
    /// One line for each record.
    List(OperatorOptions),
    /// One record whole, with what was received. It contains what customers wrote.
    Show {
        /// The record.
        id: String,
        #[command(flatten)]
        operator: OperatorOptions,
    },
    /// Reads records again with the present version and puts their events back into the queue.
    Replay {
        /// The record; without it, all.
        id: Option<String>,
        #[command(flatten)]
        operator: OperatorOptions,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ParkedOptions {
    #[command(subcommand)]
    pub(crate) action: ParkedAction,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ParkedAction {
    /// One line for each record, and for each conversation that waits.
    List(OperatorOptions),
    /// Puts records back into the queue, and tries what waits at once.
    Retry {
        /// The record; without it, all, and everything that waits.
        id: Option<String>,
        #[command(flatten)]
        operator: OperatorOptions,
    },
}
