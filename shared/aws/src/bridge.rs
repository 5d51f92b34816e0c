//! The whole bridge made ready, for the functions behind the queue.

use deskbridge_client::HttpClient;
use deskbridge_engine::Bridge;
use deskbridge_engine::config::{Needed, open};

use crate::cloud::{Cloud, required};
use crate::queue::SqsQueue;
use crate::secrets::CloudSecrets;
use crate::start::{CannotStart, read_config};
use crate::store::DynamoStore;
use crate::world::AwsWorld;

/// The bridge, ready. Reads what [`crate::open_front`] reads, all secrets, and `DESKBRIDGE_TABLE`.
///
/// # Errors
/// Everything that is wrong.
pub async fn open_bridge() -> Result<Bridge<AwsWorld>, CannotStart> {
    let cloud = Cloud::from_environment()?;
    let queue = SqsQueue::new(&cloud, required("DESKBRIDGE_QUEUE_URL")?);
    let store = DynamoStore::new(&cloud, required("DESKBRIDGE_TABLE")?);
    let http = HttpClient::from_environment().map_err(|fault| fault.to_string())?;
    let secrets = CloudSecrets::new(&cloud);
    let (config, ()) = tokio::join!(read_config(&secrets), store.warm_up());
    let directory = open(&config?, &secrets, Needed::Everything).await?;
    Ok(Bridge::new(AwsWorld::new(queue, store, http), directory))
}
