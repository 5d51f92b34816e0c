//! The public doors: the ports that they may know, and the accounts with nothing but what verifies webhooks.

use deskbridge_connectors::http::{Request, Response};
use deskbridge_connectors::{Door, Reject};
use deskbridge_engine::ports::{Clock, Reception};
use deskbridge_engine::telemetry::Line;
use deskbridge_engine::{try_accept, turn_away};

use crate::clock::SystemClock;
use crate::cloud::variable;
use crate::queue::SqsQueue;
use crate::source::{Opened, Source};
use crate::telemetry;
use crate::web::{WebRequest, WebResponse};

/// The ports of a door: the queue and the clock.
#[derive(Clone, Debug)]
pub struct AwsReception {
    queue: SqsQueue,
    clock: SystemClock,
    /// The stack whose telemetry this is.
    stack: String,
}

impl AwsReception {
    /// Over this queue. `DESKBRIDGE_STACK` names the stack in telemetry.
    #[must_use]
    pub fn new(queue: SqsQueue) -> Self {
        let stack = variable("DESKBRIDGE_STACK").unwrap_or_else(|| "deskbridge".to_owned());
        Self { queue, clock: SystemClock, stack }
    }
}

impl Reception for AwsReception {
    type Queue = SqsQueue;
    type Clock = SystemClock;

    fn queue(&self) -> &SqsQueue {
        &self.queue
    }

    fn clock(&self) -> &SystemClock {
        &self.clock
    }

    fn record(&self, line: &Line) {
        telemetry::print(line, self.clock.now(), &self.stack);
    }
}

/// All doors of a bridge.
pub struct Front {
    pub(crate) reception: AwsReception,
    pub(crate) source: Source,
    pub(crate) opened: Opened<dyn Door>,
}

impl Front {
    /// Answers one request to `/hooks/{account}`, and the health check `GET /healthz`.
    ///
    /// Secrets are read again now and then, and when a signature is refused: somebody may have changed it a moment ago.
    pub async fn answer(&mut self, request: &WebRequest) -> WebResponse {
        if request.is_health_check() {
            // There is a Front only if every door has its secret.
            return WebResponse::from(&Response::text(200, "ok"));
        }
        let Some((door, taken)) = request.read() else {
            return WebResponse::from(&Response::text(400, "this request cannot be read"));
        };
        self.renew(false).await;
        let response = match self.take(door, taken).await {
            Err(reject) if matches!(reject.status(), 401 | 403) && self.renew(true).await => {
                match request.read() {
                    Some((door, taken)) => self.take(door, taken).await,
                    None => Err(reject),
                }
            }
            other => other,
        };
        let turned_away = |reject| turn_away(&self.reception, &self.opened.directory, door, reject);
        WebResponse::from(&response.unwrap_or_else(turned_away))
    }

    async fn take(&self, door: &str, request: Request) -> Result<Response, Reject> {
        let Opened { directory, body_bytes_max } = &self.opened;
        try_accept(&self.reception, directory, door, *body_bytes_max, request).await
    }

    async fn renew(&mut self, refused: bool) -> bool {
        match self.source.read_again(refused, &self.reception).await {
            Some(opened) => {
                self.opened = opened;
                true
            }
            None => false,
        }
    }
}
