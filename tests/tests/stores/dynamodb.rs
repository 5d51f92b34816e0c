//! The store on DynamoDB, against the emulator.

use std::sync::atomic::{AtomicUsize, Ordering};

use deskbridge_aws::{Cloud, DynamoStore};
use deskbridge_tests::dynamo;

use crate::contract;

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_keeps_the_contract() {
    let url = dynamo::start().await;
    let cloud = Cloud::emulated(&url).unwrap();
    let tables = AtomicUsize::new(0);
    contract::store(async || {
        let table = format!("deskbridge-{}", tables.fetch_add(1, Ordering::Relaxed));
        dynamo::create_table(&url, &table).await;
        DynamoStore::new(&cloud, table).unwrap()
    })
    .await;
}
