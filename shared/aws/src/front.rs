//! The public doors: the ports that they may know, and the accounts with nothing but what verifies webhooks.

use deskbridge_connectors::http::Response;
use deskbridge_engine::ports::{Clock, Reception};
use deskbridge_engine::telemetry::Line;
use deskbridge_engine::{Directory, accept};

use crate::clock::SystemClock;
use crate::queue::SqsQueue;
use crate::telemetry;
use crate::web::{WebRequest, WebResponse};

/// The ports of a door: the queue and the clock.
#[derive(Clone, Debug)]
pub struct AwsReception {
    queue: SqsQueue,
    clock: SystemClock,
}

impl AwsReception {
    /// Over this queue.
    #[must_use]
    pub fn new(queue: SqsQueue) -> Self {
        Self { queue, clock: SystemClock }
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
        telemetry::print(line, self.clock.now());
    }
}

/// All doors of a bridge.
pub struct Front {
    pub(crate) reception: AwsReception,
    pub(crate) directory: Directory,
    pub(crate) body_bytes_max: usize,
}

impl Front {
    /// Answers one request to `/hooks/{account}`.
    pub async fn answer(&self, request: &WebRequest) -> WebResponse {
        let response = match request.read() {
            Some((door, request)) => {
                accept(&self.reception, &self.directory, door, self.body_bytes_max, request).await
            }
            None => Response::text(400, "this request cannot be read"),
        };
        WebResponse::from(&response)
    }
}
