//! A process of the bridge in the house, beside the one that tests usually use: everything that it does is counted.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use deskbridge_connectors::ReplyRules;
use deskbridge_connectors::http::{Request, Response};
use deskbridge_engine::{BODY_BYTES_MAX, Bridge, Delivery, Disposition, accept, relay};
use deskbridge_sandbox::FaultRule;
use deskbridge_tests::{Desk, House, Process, Remote};
use serde_json::{Value, json};

use crate::counter::{Count, Counter, Side, counted};
use crate::surfaces::Way;

/// People and helpdesks need no longer for anything.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A customer's way to a helpdesk, and the process that connects them.
pub(crate) struct Stage<'h> {
    pub(crate) house: &'h House,
    pub(crate) desk: Desk,
    pub(crate) way: &'static Way,
    bridge: RefCell<Arc<Bridge<Counter<'h>>>>,
    /// The latest webhook of the platform.
    latest: RefCell<Option<Request>>,
}

impl<'h> Stage<'h> {
    pub(crate) fn open(house: &'h House, desk: Desk, way: &'static Way) -> Self {
        let counter = Counter::over(&house.bridge.world);
        let bridge = Bridge::new(counter, house.bridge.directory.clone());
        Self { house, desk, way, bridge: RefCell::new(Arc::new(bridge)), latest: RefCell::default() }
    }

    pub(crate) fn platform(&self) -> &'h Remote {
        if self.way.on_x { self.house.x() } else { self.house.graph() }
    }

    /// Somebody acts at the platform; gives the id of what was made, or told about.
    pub(crate) fn act(&self, act: &Value) -> String {
        self.house.act(self.platform(), act)["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The customer writes, in a conversation of their own or in that of an earlier message.
    pub(crate) fn write(&self, text: &str, earlier: Option<&str>) -> String {
        self.act(&(self.way.writes)(self.desk, text, earlier))
    }

    /// An agent acts on the first ticket.
    pub(crate) fn agent(&self, deed: &str, text: &str) {
        self.desk.agent(self.house, deed, 1, text);
    }

    /// What replies may look like here.
    pub(crate) fn reply_rules(&self) -> ReplyRules {
        let directory = &self.house.bridge.directory;
        let account = directory.get((self.way.account)(self.desk)).expect("an account");
        account.connector.reply_rules(self.way.surface)
    }

    /// Runs until nothing is left to do; gives what was counted since the last time.
    pub(crate) async fn settle(&self) -> Count {
        self.settle_with(&self.house.remotes()).await
    }

    /// The same as if the platform sent no webhooks yet.
    pub(crate) async fn settle_before_the_platform_tells(&self) -> Count {
        self.settle_with(&[self.desk.remote(self.house)]).await
    }

    async fn settle_with(&self, remotes: &[&Remote]) -> Count {
        self.house.settle_in(self, remotes, PATIENCE).await;
        assert_eq!(self.house.bridge.world.queue.depth(), 0, "something is left to do");
        // People take their time: two hints in one millisecond would be one to the queue.
        self.house.pass(Duration::from_secs(1));
        self.bridge().world.take()
    }

    /// The platform's latest webhook comes once more, when the queue has forgotten it.
    pub(crate) async fn deliver_again(&self) -> Count {
        let webhook = self.latest.borrow().clone().expect("there was a webhook");
        self.house.bridge.world.queue.forget_known();
        assert_eq!(self.knock(webhook).await.status, 200);
        self.settle().await
    }

    /// A side answers the next change with "too many requests".
    pub(crate) fn throttle(&self, side: Side) {
        let rule = json!({ "method": self.method(side), "kind": { "throttle": { "retry_after_s": 7 } } });
        let rule: FaultRule = serde_json::from_value(rule).expect("a rule");
        self.remote(side).fault(rule);
    }

    fn remote(&self, side: Side) -> &'h Remote {
        match side {
            Side::Helpdesk => self.desk.remote(self.house),
            Side::Platform => self.platform(),
        }
    }

    /// The method of changes: of comments at the helpdesk, of replies at the platform.
    fn method(&self, side: Side) -> &'static str {
        match (side, self.desk) {
            (Side::Helpdesk, Desk::Zendesk) => "PUT",
            _ => "POST",
        }
    }

    /// The process dies when this side has made the next change, and before it knows.
    pub(crate) fn die_after(&self, side: Side) {
        self.bridge().world.die_after(side);
    }

    fn bridge(&self) -> Arc<Bridge<Counter<'h>>> {
        self.bridge.borrow().clone()
    }
}

impl Process for Stage<'_> {
    async fn knock(&self, request: Request) -> Response {
        let bridge = self.bridge();
        let door = request.url.path().trim_start_matches("/hooks/").to_owned();
        if door == (self.way.account)(self.desk) {
            *self.latest.borrow_mut() = Some(request.clone());
        }
        let work = accept(&bridge.world, &bridge.directory, &door, BODY_BYTES_MAX, request);
        let (allocations, response) = counted(work, &bridge.world);
        bridge.world.count().accept += allocations;
        response.expect("doors do not die")
    }

    async fn relay(&self, deliveries: Vec<Delivery>) -> Option<Vec<Disposition>> {
        let bridge = self.bridge();
        let (allocations, dispositions) = counted(relay(&bridge, deliveries, None), &bridge.world);
        bridge.world.count().relay += allocations;
        if dispositions.is_none() {
            // Another process takes over.
            let next = Bridge::new(bridge.world.next_life(), bridge.directory.clone());
            *self.bridge.borrow_mut() = Arc::new(next);
        }
        dispositions
    }
}
