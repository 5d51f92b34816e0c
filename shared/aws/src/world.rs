//! All ports, put together.

use deskbridge_client::HttpClient;
use deskbridge_engine::ports::{Reception, World};
use deskbridge_engine::telemetry::Line;

use crate::clock::SystemClock;
use crate::front::AwsReception;
use crate::queue::SqsQueue;
use crate::store::DynamoStore;

/// All ports on AWS.
#[derive(Clone, Debug)]
pub struct AwsWorld {
    pub(crate) reception: AwsReception,
    pub(crate) store: DynamoStore,
    pub(crate) http: HttpClient,
}

impl AwsWorld {
    /// Over these.
    #[must_use]
    pub fn new(queue: SqsQueue, store: DynamoStore, http: HttpClient) -> Self {
        Self { reception: AwsReception::new(queue), store, http }
    }
}

impl Reception for AwsWorld {
    type Queue = SqsQueue;
    type Clock = SystemClock;

    fn queue(&self) -> &SqsQueue {
        self.reception.queue()
    }

    fn clock(&self) -> &SystemClock {
        self.reception.clock()
    }

    fn record(&self, line: &Line) {
        self.reception.record(line);
    }
}

impl World for AwsWorld {
    type Store = DynamoStore;
    type Http = HttpClient;

    fn store(&self) -> &DynamoStore {
        &self.store
    }

    fn http(&self) -> &HttpClient {
        &self.http
    }
}
