//! What the sweep function is asked for: on its schedule to sweep, by an operator to show or put back what waits for a person.
//!
//! `aws lambda invoke --function-name STACK-sweep --cli-binary-format raw-in-base64-out --payload '{"list": "parked"}' out.json`

use deskbridge_core::Moment;
use deskbridge_engine::ports::{Fault, Held, HeldKind, Store, World};
use deskbridge_engine::{Bridge, put_back, sweep};
use serde::Deserialize;
use serde_json::{Value, json};

/// At most so many records are shown or put back by one command.
const RECORDS_MAX: usize = 1000;

/// The event of the sweep function. What names no command, as the schedule's own event, means to sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Command {
    /// Shows the records of this kind: `parked` or `quarantine`.
    pub list: Option<HeldKind>,
    /// Puts the records of this kind back into the queue.
    pub put_back: Option<HeldKind>,
    /// Only this one of them. (A schedule's event has an id, too.)
    pub id: Option<String>,
}

impl Command {
    /// Carries the command out; gives the answer, which never contains what people wrote.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn carry_out<W: World>(&self, bridge: &Bridge<W>) -> Result<Value, Fault> {
        if let Some(kind) = self.list {
            let records = bridge.world.store().held(kind, RECORDS_MAX).await?;
            return Ok(json!({ "records": records.iter().map(summary).collect::<Vec<_>>() }));
        }
        match self.put_back {
            Some(kind) => self.put_back(bridge, kind).await,
            None => Ok(json!(sweep(bridge).await)),
        }
    }

    async fn put_back<W: World>(&self, bridge: &Bridge<W>, kind: HeldKind) -> Result<Value, Fault> {
        let ids = match &self.id {
            Some(id) => vec![id.clone()],
            None => {
                let records = bridge.world.store().held(kind, RECORDS_MAX).await?;
                records.into_iter().map(|record| record.id).collect()
            }
        };
        let mut answer = Vec::with_capacity(ids.len());
        for id in ids {
            answer.push(match put_back(bridge, kind, &id).await {
                Ok(events) => json!({ "id": id, "events": events }),
                Err(why) => json!({ "id": id, "left": why.to_string() }),
            });
        }
        Ok(json!({ "records": answer }))
    }
}

fn summary(record: &Held) -> Value {
    let Moment(since) = record.since;
    json!({
        "id": record.id, "account": record.account, "conversation": record.conversation,
        "reason": record.reason, "since_ms": since,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_command_means_to_sweep() {
        let read = |event: Value| serde_json::from_value::<Command>(event).map_err(|error| error.to_string());
        let list = Command { list: Some(HeldKind::Parked), ..Command::default() };
        assert_eq!(read(json!({"list": "parked"})), Ok(list));
        let one =
            Command { put_back: Some(HeldKind::Quarantine), id: Some("7".to_owned()), ..Command::default() };
        assert_eq!(read(json!({"put_back": "quarantine", "id": "7"})), Ok(one));
        let schedule = read(json!({"id": "e1", "source": "aws.events", "detail-type": "Scheduled Event"}));
        assert!(schedule.is_ok_and(|command| command.list.is_none() && command.put_back.is_none()));
        assert!(read(json!({"list": "praked"})).is_err_and(|why| why.contains("parked")));
    }
}
