//! The whole bridge made ready, for the functions behind the queue.

use deskbridge_client::HttpClient;
use deskbridge_core::effect::Reason;
use deskbridge_engine::Bridge;

use crate::cloud::{Cloud, required};
use crate::queue::SqsQueue;
use crate::source::Source;
use crate::start::CannotStart;
use crate::store::DynamoStore;
use crate::world::AwsWorld;

/// A bridge whose accounts are opened anew when their secrets may have changed.
pub struct AwsBridge {
    bridge: Bridge<AwsWorld>,
    source: Source,
}

impl AwsBridge {
    /// The bridge, ready. Reads what [`crate::open_front`] reads, all secrets, and `DESKBRIDGE_TABLE`.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub async fn open() -> Result<Self, CannotStart> {
        let cloud = Cloud::from_environment()?;
        let queue = SqsQueue::new(&cloud, required("DESKBRIDGE_QUEUE_URL")?)?;
        let store = DynamoStore::new(&cloud, required("DESKBRIDGE_TABLE")?)?;
        let http = HttpClient::from_environment().map_err(|fault| fault.to_string())?;
        let source = Source::new(&cloud)?;
        let (opened, reached) = tokio::join!(source.read(), store.warm_up());
        reached?;
        let bridge = Bridge::new(AwsWorld::new(queue, store, http), opened?.directory);
        Ok(Self { bridge, source })
    }

    /// The bridge, with configuration and secrets read again if it is time, or if a credential is refused.
    pub async fn renewed(&mut self) -> &Bridge<AwsWorld> {
        let refused = |(_, illness): &(String, _)| is_refused(illness);
        let refused = self.bridge.ill_accounts().iter().any(refused);
        if let Some(opened) = self.source.read_again(refused, &self.bridge.world).await {
            self.bridge.directory = opened.directory;
        }
        &self.bridge
    }
}

fn is_refused(illness: &deskbridge_engine::Illness) -> bool {
    illness.refusal.reason == Reason::Token
}
