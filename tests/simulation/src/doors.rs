//! Webhooks on their way to the doors, and what the doors answer.

use std::sync::Arc;

use deskbridge_connectors::http::Request;
use deskbridge_engine::{BODY_BYTES_MAX, accept};

use crate::remotes::Side;
use crate::run::{End, INGRESS, Run};
use crate::world::{Event, Knock, TaskId};

/// What a platform tells of our own messages may take so long.
const REPORT_DELAY_MAX_MS: u32 = 2 * 3_600_000;

/// Whether a webhook of WhatsApp tells how far messages of ours got.
fn is_report(webhook: &Request) -> bool {
    let body = String::from_utf8_lossy(&webhook.body);
    body.contains("\"statuses\":")
}

impl Run {
    pub(crate) fn fetch_webhooks(&mut self, side: Side) {
        let mut state = self.world.state();
        let now = state.now;
        for webhook in state.remotes.due(side, now) {
            let delay = state.weather.webhook_delay;
            let delay = if state.draws.chance(delay) { i64::from(state.draws.below(180_000)) } else { 20 };
            let report_delay = if is_report(&webhook.request) { state.weather.report_delay } else { 0 };
            let late = state.draws.chance(report_delay).then(|| state.draws.below(REPORT_DELAY_MAX_MS));
            let delay = delay + late.map_or(0, i64::from);
            let lost = state.weather.webhook_lost;
            if state.draws.chance(lost) {
                state.remotes.delivered(side, webhook.id, None, now);
                state.note(format_args!("{side:?} webhook {} is lost", webhook.id));
                continue;
            }
            if side == Side::Graph && state.rotated {
                state.signed_anew.insert(webhook.id);
            }
            let knock = Knock { side, id: Some(webhook.id), request: webhook.request };
            state.schedule(now + delay, Event::Knock(Box::new(knock)));
        }
        state.arm_webhooks(side);
    }

    pub(crate) fn knock(&mut self, knock: Knock) {
        let bridge = Arc::clone(&self.processes[INGRESS].bridge);
        let webhook = knock.id.map(|id| (knock.side, id));
        self.world.state().note(format_args!("{:?} webhook {:?} knocks", knock.side, knock.id));
        self.spawn(INGRESS, webhook, async move {
            let door = knock.request.url.path().trim_start_matches("/hooks/").to_owned();
            let request = knock.request.clone();
            let response = accept(&bridge.world, &bridge.directory, &door, BODY_BYTES_MAX, request).await;
            End::Webhook(Box::new(knock), response.status)
        });
    }

    pub(crate) fn answer_webhook(&mut self, knock: Knock, status: u16) {
        let mut state = self.world.state();
        let now = state.now;
        state.note(format_args!("{:?} webhook {:?} is answered {status}", knock.side, knock.id));
        if status == 200 && knock.side.is_platform() {
            state.oracle.accepted(&knock.request.body);
            if knock.id.is_some_and(|id| state.signed_anew.contains(&id)) {
                state.mark("rotation: signed with the new secret");
            }
        }
        if let Some(id) = knock.id {
            state.remotes.delivered(knock.side, id, Some(status), now);
            state.arm_webhooks(knock.side);
        }
        let again = state.weather.webhook_again;
        if state.draws.chance(again) {
            let delay = i64::from(state.draws.below(600_000));
            state.schedule(now + delay, Event::Knock(Box::new(Knock { id: None, ..knock })));
        }
    }

    /// A task at the door dies: the sender gets no answer.
    pub(crate) fn lose(&mut self, task: TaskId) {
        let Some(task) = self.tasks.remove(&task) else { return };
        if let Some((side, id)) = task.webhook {
            let mut state = self.world.state();
            let now = state.now;
            state.remotes.delivered(side, id, None, now);
            state.arm_webhooks(side);
        }
    }
}
