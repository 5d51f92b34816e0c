//! Records kept for a person. A long one lies in several parts, since an item holds 400 KB; the first part is written last,
//! so that a record that can be seen is whole.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use deskbridge_core::digest;
use deskbridge_engine::ports::{Held, HeldKind};

use super::{Attributes, BY_AGE, DynamoStore, bytes, integer, number, text};
use crate::sdk::why;

/// Below the 400 KB of an item, with room for the other attributes.
const PART_BYTES_MAX: usize = 390_000;

impl DynamoStore {
    pub(super) async fn hold_record(&self, held: &Held) -> Result<(), String> {
        let json = serde_json::to_string(held).map_err(|error| error.to_string())?;
        let (pk, name) = (partition(held.kind), format!("{:016x}", digest(&[&json])));
        let parts: Vec<&[u8]> = json.as_bytes().chunks(PART_BYTES_MAX).collect();
        if parts.len() > 1 && self.get(&pk, &held.id, false).await?.is_some() {
            return Ok(());
        }
        for (at, part) in parts.iter().enumerate().skip(1) {
            let sk = format!("{}#{name}#{at:04}", held.id);
            let put =
                self.client.put_item().table_name(&self.table).item("pk", text(&pk)).item("sk", text(sk));
            put.item("b", blob(part)).send().await.map_err(|error| why(&error))?;
        }
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(&pk))
            .item("sk", text(&held.id))
            .item("s", number(&held.since.0))
            .item("n", number(&parts.len()))
            .item("g", text(name))
            .item("b", blob(parts[0]))
            .condition_expression("attribute_not_exists(pk)");
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => Ok(()),
                _ => Err(why(&error)),
            },
        }
    }

    pub(super) async fn held_records(&self, kind: HeldKind, limit: usize) -> Result<Vec<Held>, String> {
        let pk = partition(kind);
        let mut records = Vec::new();
        let mut start = None;
        while records.len() < limit {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(BY_AGE)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(&pk))
                .limit(i32::try_from(limit - records.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| why(&error))?;
            for first in page.items() {
                records.extend(self.whole(&pk, first).await?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(records)
    }

    pub(super) async fn release_record(&self, kind: HeldKind, id: &str) -> Result<(), String> {
        let pk = partition(kind);
        let further = self.parts(&pk, &format!("{id}#")).await?;
        let keys = further.iter().filter_map(|part| part.get("sk")?.as_s().ok());
        for sk in std::iter::once(id).chain(keys.map(String::as_str)) {
            let delete = self.client.delete_item().table_name(&self.table);
            delete.key("pk", text(&pk)).key("sk", text(sk)).send().await.map_err(|error| why(&error))?;
        }
        Ok(())
    }

    /// The record that begins with this item; `None` if it was released meanwhile.
    async fn whole(&self, pk: &str, first: &Attributes) -> Result<Option<Held>, String> {
        let damaged = || "a record is damaged".to_owned();
        let mut json = bytes(first, "b").ok_or_else(damaged)?.to_vec();
        let count = integer(first, "n").and_then(|count| usize::try_from(count).ok()).ok_or_else(damaged)?;
        if count > 1 {
            let id = first.get("sk").and_then(|id| id.as_s().ok()).ok_or_else(damaged)?;
            let name = first.get("g").and_then(|name| name.as_s().ok()).ok_or_else(damaged)?;
            let further = self.parts(pk, &format!("{id}#{name}#")).await?;
            if further.len() + 1 < count {
                return Ok(None);
            }
            json.extend(further.iter().filter_map(|part| bytes(part, "b")).flatten());
        }
        serde_json::from_slice(&json).map(Some).map_err(|_| damaged())
    }

    /// All items of a partition whose sort key begins so, in order.
    async fn parts(&self, pk: &str, prefix: &str) -> Result<Vec<Attributes>, String> {
        let mut parts = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", text(pk))
                .expression_attribute_values(":prefix", text(prefix))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| why(&error))?;
            parts.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(parts);
            }
        }
    }
}

fn partition(kind: HeldKind) -> String {
    format!("held#{}", kind.name())
}

fn blob(part: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(part))
}
