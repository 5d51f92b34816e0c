//! The remote sides: the sandbox's stand-ins at their addresses.

use deskbridge_connectors::http::{Request, Response, Url};
use deskbridge_sandbox::freshdesk::{Freshdesk, FreshdeskSeed};
use deskbridge_sandbox::graph::{Control, Fault, Graph, GraphSeed};
use deskbridge_sandbox::x::{X, XSeed};
use deskbridge_sandbox::zendesk::{Zendesk, ZendeskSeed};
use deskbridge_sandbox::{StandIn, Webhook};

/// Which remote side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Zendesk,
    Freshdesk,
    Graph,
    X,
}

impl Side {
    pub(crate) const ALL: [Self; 4] = [Self::Zendesk, Self::Freshdesk, Self::Graph, Self::X];
    pub(crate) const PLATFORMS: [Self; 2] = [Self::Graph, Self::X];

    fn port(self) -> u16 {
        match self {
            Self::Zendesk => 8081,
            Self::Freshdesk => 8082,
            Self::Graph => 8083,
            Self::X => 8084,
        }
    }

    pub(crate) fn is_platform(self) -> bool {
        Self::PLATFORMS.contains(&self)
    }

    pub(crate) fn of(request: &Request) -> Option<Self> {
        let port = request.url.port_or_known_default();
        Self::ALL.into_iter().find(|side| Some(side.port()) == port)
    }
}

pub(crate) struct Remotes {
    pub(crate) zendesk: Zendesk,
    pub(crate) freshdesk: Freshdesk,
    pub(crate) graph: Graph,
    pub(crate) x: X,
}

impl Remotes {
    /// The demo's world: page 1001 with Zendesk, page 1002 with Freshdesk. Page 1002 lets nobody list its direct messages:
    /// nothing but an echo can tell what became of a reply there.
    pub(crate) fn demo() -> Self {
        let bridge = address(8080);
        let base = |side: Side| address(side.port());
        let zendesk = ZendeskSeed { base_url: base(Side::Zendesk), ..ZendeskSeed::demo(&bridge) };
        let freshdesk = FreshdeskSeed { base_url: base(Side::Freshdesk), ..FreshdeskSeed::demo(&bridge) };
        let graph = GraphSeed { adopts_unknown: false, ..GraphSeed::demo(&bridge) };
        let mut graph = Graph::new(graph);
        let unlisted = Fault {
            page: Some("1002".to_owned()),
            edge: Some("conversations".to_owned()),
            code: 10,
            ..Fault::default()
        };
        graph.control(Control::Fault(unlisted), 0).expect("a fault for all pages is always possible");
        // A stand-in learns from its first call where its files are; people may send some before.
        let mut nothing = Request::get(base(Side::Graph));
        nothing.url.set_path("/media/0");
        graph.handle(&nothing, 0);
        let x = X::new(XSeed::demo(&bridge));
        Self { zendesk: Zendesk::new(zendesk), freshdesk: Freshdesk::new(freshdesk), graph, x }
    }

    fn side(&mut self, side: Side) -> &mut dyn StandIn {
        match side {
            Side::Zendesk => &mut self.zendesk,
            Side::Freshdesk => &mut self.freshdesk,
            Side::Graph => &mut self.graph,
            Side::X => &mut self.x,
        }
    }

    pub(crate) fn handle(&mut self, side: Side, request: &Request, now: i64) -> Response {
        self.side(side).handle(request, now)
    }

    pub(crate) fn due(&mut self, side: Side, now: i64) -> Vec<Webhook> {
        self.side(side).due(now)
    }

    /// What became of a webhook; `None` if it was not answered. Meta then tries for days, X a few times. A helpdesk gives up soon, here
    /// at once: what it told is for the sweep to find.
    pub(crate) fn delivered(&mut self, side: Side, id: u64, status: Option<u16>, now: i64) {
        let gives_up = !side.is_platform() && status.is_none();
        self.side(side).delivered(id, if gives_up { Some(200) } else { status }, now);
    }

    pub(crate) fn next_due(&mut self, side: Side) -> Option<i64> {
        self.side(side).next_due()
    }
}

fn address(port: u16) -> Url {
    format!("http://127.0.0.1:{port}/").parse().expect("an address")
}
