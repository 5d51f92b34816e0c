//! DynamoDB on loopback: the emulator, with the table as the bridge expects it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection,
    ProjectionType, ScalarAttributeType,
};
use deskbridge_aws::BY_AGE;
use dynoxide::Database;

use crate::loopback::listen;

/// Starts an emulator; gives its URL.
pub async fn start() -> String {
    let (listener, url) = listen().await;
    tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().expect("memory")));
    url
}

/// Makes a table of that name.
pub async fn create_table(url: &str, table: &str) {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(Credentials::new("emulator", "emulator", None, None, "emulator"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let attribute = |name, kind| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(kind)
            .build()
            .expect("nothing is missing")
    };
    let key = |name, kind| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("nothing is missing")
    };
    let by_age = LocalSecondaryIndex::builder()
        .index_name(BY_AGE)
        .set_key_schema(Some(vec![key("pk", KeyType::Hash), key("s", KeyType::Range)]))
        .projection(Projection::builder().projection_type(ProjectionType::All).build());
    Client::from_conf(config)
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(vec![key("pk", KeyType::Hash), key("sk", KeyType::Range)]))
        .set_attribute_definitions(Some(vec![
            attribute("pk", ScalarAttributeType::S),
            attribute("sk", ScalarAttributeType::S),
            attribute("s", ScalarAttributeType::N),
        ]))
        .local_secondary_indexes(by_age.build().expect("nothing is missing"))
        .send()
        .await
        .expect("the emulator makes the table");
}
