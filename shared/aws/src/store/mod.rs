//! The store on DynamoDB: one table for conversations and for what waits for a person.
//!
//! The table has the partition key `pk` (S), the sort key `sk` (S), time to live on `e`, and one local secondary index
//! [`BY_AGE`] on `s` (N) that projects all attributes.
//!
//! | what | `pk` | `sk` | attributes |
//! |---|---|---|---|
//! | conversation | its key | `c` | `v` version, `b` bytes, `e` when it may go (seconds) |
//! | held record | `held#` and its kind | its id | `s` since (ms), `n` parts, `g` digest of the whole, `b` first part |
//! | further part | the same | id`#`digest`#`number | `b` bytes |
//!
//! Attribute names are short because a write of more than 1 KB costs double. A conversation's key begins with the name of an
//! account, which never contains `#`. Only held records have an `s`: conversations cost nothing in the index.

mod held;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use deskbridge_core::{ConversationKey, Moment};
use deskbridge_engine::ports::{Clock, Fault, Held, HeldKind, Item, SaveError, Store, Version};

use crate::clock::SystemClock;
use crate::cloud::Cloud;
use crate::sdk::{self, why};

/// The local secondary index over the age of held records.
pub const BY_AGE: &str = "by_age";

const CONVERSATION: &str = "c";
const LOADING: &str = "loading a conversation";
const SAVING: &str = "saving a conversation";

type Attributes = std::collections::HashMap<String, AttributeValue>;

/// A table of DynamoDB.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// The table of that name.
    ///
    /// # Errors
    /// When a variable names an address for DynamoDB that is none.
    pub fn new(cloud: &Cloud, table: String) -> Result<Self, String> {
        Ok(Self { client: Client::new(&sdk::config(cloud)?), table })
    }

    /// Opens the connection, so that the first event need not wait for it.
    ///
    /// # Errors
    /// When the table does not exist or may not be read. That it cannot be reached now is no reason not to start.
    pub async fn warm_up(&self) -> Result<(), String> {
        match self.get("warm", CONVERSATION, false).await {
            Err(code) if code == "ResourceNotFoundException" => Err(format!(
                "there is no table {} in this region: DESKBRIDGE_TABLE or AWS_REGION is wrong, or it was deleted",
                self.table
            )),
            Err(code) if code == "AccessDeniedException" => {
                Err(format!("the function's role may not read the table {} (dynamodb:GetItem)", self.table))
            }
            _ => Ok(()),
        }
    }

    async fn get(&self, pk: &str, sk: &str, latest: bool) -> Result<Option<Attributes>, String> {
        let call = self.client.get_item().table_name(&self.table).key("pk", text(pk)).key("sk", text(sk));
        let answer = call.consistent_read(latest).send().await;
        answer.map(|answer| answer.item).map_err(|error| why(&error))
    }

    async fn conversation(&self, key: &ConversationKey, latest: bool) -> Result<Option<Item>, Fault> {
        let attributes = self.get(key.as_str(), CONVERSATION, latest).await;
        let Some(attributes) = attributes.map_err(|why| Fault::new(LOADING, why))? else { return Ok(None) };
        let damaged = || Fault::new(LOADING, "the item lacks its version, bytes or expiry");
        let version = integer(&attributes, "v").and_then(|version| u64::try_from(version).ok());
        let item = Item {
            bytes: bytes(&attributes, "b").ok_or_else(damaged)?.to_vec(),
            version: version.ok_or_else(damaged)?,
        };
        // DynamoDB may take days to remove what has expired.
        let expired = integer(&attributes, "e").ok_or_else(damaged)? < SystemClock.now().seconds();
        Ok((!expired).then_some(item))
    }
}

impl Store for DynamoStore {
    async fn load(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        self.conversation(key, false).await
    }

    async fn load_latest(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        self.conversation(key, true).await
    }

    async fn save(
        &self,
        key: &ConversationKey,
        bytes: Vec<u8>,
        expected: Version,
        expires_at: Moment,
    ) -> Result<Version, SaveError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(key.as_str()))
            .item("sk", text(CONVERSATION))
            .item("v", number(&(expected + 1)))
            .item("b", AttributeValue::B(Blob::new(bytes)))
            .item("e", number(&expires_at.seconds()));
        let put = if expected == 0 {
            let now = SystemClock.now().seconds();
            put.condition_expression("attribute_not_exists(pk) OR e < :now")
                .expression_attribute_values(":now", number(&now))
        } else {
            put.condition_expression("v = :expected")
                .expression_attribute_values(":expected", number(&expected))
        };
        // Were a save repeated whose answer got lost, it would find its own write and call it a conflict.
        let once = Builder::new().retry_config(RetryConfig::disabled());
        match put.customize().config_override(once).send().await {
            Ok(_) => Ok(expected + 1),
            Err(error) => match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => Err(SaveError::Conflict),
                _ => Err(SaveError::Fault(Fault::new(SAVING, why(&error)))),
            },
        }
    }

    async fn hold(&self, held: &Held) -> Result<(), Fault> {
        self.hold_record(held).await.map_err(|why| Fault::new("keeping a record for a person", why))
    }

    async fn held(&self, kind: HeldKind, limit: usize) -> Result<Vec<Held>, Fault> {
        self.held_records(kind, limit).await.map_err(|why| Fault::new("listing what waits for a person", why))
    }

    async fn release(&self, kind: HeldKind, id: &str) -> Result<(), Fault> {
        self.release_record(kind, id).await.map_err(|why| Fault::new("forgetting a record", why))
    }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: &impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn integer(attributes: &Attributes, name: &str) -> Option<i64> {
    attributes.get(name)?.as_n().ok()?.parse().ok()
}

fn bytes<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a [u8]> {
    attributes.get(name)?.as_b().ok().map(AsRef::as_ref)
}
