//! The demo process with its sites.

use std::path::Path;

use deskbridge_tests::live::{Site, Sites};

use crate::process::{Process, free_port};

/// A running demo.
pub(crate) struct Demo {
    pub(crate) process: Process,
    pub(crate) bridge: Site,
    pub(crate) sites: Sites,
    pub(crate) ports: [u16; 4],
}

impl Demo {
    /// A demo on fresh ports, with its state in `data`.
    pub(crate) async fn start(data: &Path) -> Self {
        Self::start_at(data, [(); 4].map(|()| free_port()), 0).await
    }

    /// A demo on these ports whose clock is so many seconds ahead.
    pub(crate) async fn start_at(data: &Path, ports: [u16; 4], ahead: u64) -> Self {
        let [bridge, zendesk, freshdesk, graph] = ports.map(|port| port.to_string());
        let ahead = ahead.to_string();
        let mut arguments = vec!["demo", "--data", "demo-data", "--ahead", &ahead, "--bridge-port", &bridge];
        arguments.extend([
            "--zendesk-port",
            &zendesk,
            "--freshdesk-port",
            &freshdesk,
            "--graph-port",
            &graph,
            "--x-port",
            "0",
        ]);
        let mut process = Process::start(data, &arguments, &[]);
        process.says("Stop with Ctrl-C").await;
        let [bridge, zendesk, freshdesk, graph] = ports.map(Site::at);
        Self { process, bridge, sites: Sites { zendesk, freshdesk, graph }, ports }
    }
}
