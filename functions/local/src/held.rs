//! The commands `quarantine` and `parked`: ask the running bridge what waits for a person, and put it back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_connectors::http::{Answer, Method, Request, Url};
use deskbridge_embedded::HttpClient;
use deskbridge_embedded::sqlite::Waiting;
use deskbridge_engine::ports::{Held, Http};
use serde::de::DeserializeOwned;

use crate::arguments::{OperatorOptions, ParkedAction, ParkedOptions, QuarantineAction, QuarantineOptions};
use crate::bridge_process::noted_operator;
use crate::operator::{PutBack, Records, Retried};

/// Long enough for putting many records back.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// `deskbridge quarantine ...`
pub(crate) async fn quarantine(options: QuarantineOptions) -> Result<(), String> {
    match options.action {
        QuarantineAction::List(operator) => Remote::new(&operator)?.print_list("quarantine").await,
        QuarantineAction::Show { id, operator } => Remote::new(&operator)?.show(&id).await,
        QuarantineAction::Replay { id, operator } => {
            Remote::new(&operator)?.put_back("quarantine", id.as_deref()).await
        }
    }
}

/// `deskbridge parked ...`
pub(crate) async fn parked(options: ParkedOptions) -> Result<(), String> {
    match options.action {
        ParkedAction::List(operator) => {
            let remote = Remote::new(&operator)?;
            remote.print_list("parked").await?;
            remote.print_waiting().await
        }
        ParkedAction::Retry { id, operator } => {
            let remote = Remote::new(&operator)?;
            remote.put_back("parked", id.as_deref()).await?;
            if id.is_none() {
                let retried: Retried = remote.call(Method::POST, "operator/waiting/retry").await?;
                println!("{} waiting conversations are tried now", retried.conversations);
            }
            Ok(())
        }
    }
}

/// The running bridge.
struct Remote {
    base: Url,
    http: HttpClient,
}

impl Remote {
    fn new(options: &OperatorOptions) -> Result<Self, String> {
        let address =
            options.operator.clone().or_else(|| noted_operator(&options.data)).ok_or_else(|| {
                let data = options.data.display();
                format!(
                    "no bridge has run on {data}; name its folder with --data, or its address with --operator"
                )
            })?;
        let base = address
            .parse()
            .map_err(|_| format!("{address} is not an address such as http://127.0.0.1:9090"))?;
        let http = HttpClient::new(None).map_err(|fault| fault.to_string())?;
        Ok(Self { base, http })
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str) -> Result<T, String> {
        let url = self.base.join(path).map_err(|error| error.to_string())?;
        let base = &self.base;
        match self.http.send(Request::new(method, url), PATIENCE).await {
            Answer::Response(response) if response.is_success() => {
                response.parse().map_err(|error| format!("{base} is no bridge of this version: {error}"))
            }
            Answer::Response(response) => Err(String::from_utf8_lossy(&response.body).into_owned()),
            Answer::NotSent => Err(format!(
                "the bridge is not running at {base}; start it, then try again (what waits is safe in its folder)"
            )),
            Answer::Lost | Answer::NotPiped(_) => Err(format!("{base} did not answer; try again")),
        }
    }

    async fn records(&self, kind: &str) -> Result<Vec<Held>, String> {
        let records: Records = self.call(Method::GET, &format!("operator/held/{kind}")).await?;
        Ok(records.held)
    }

    async fn print_list(&self, kind: &str) -> Result<(), String> {
        let records = self.records(kind).await?;
        println!("{} records in {kind}", records.len());
        for Held { id, account, conversation, reason, since, .. } in records {
            println!("{id}  {since}  {}  {reason}", conversation.unwrap_or(account));
        }
        Ok(())
    }

    async fn print_waiting(&self) -> Result<(), String> {
        let waiting: Vec<Waiting> = self.call(Method::GET, "operator/waiting").await?;
        println!("{} conversations wait", waiting.len());
        for Waiting { group, receives, why, since, visible_at, deliveries, .. } in waiting {
            println!("{group}  {deliveries} since {since}, try {receives}, next {visible_at}  {why}");
        }
        Ok(())
    }

    async fn show(&self, id: &str) -> Result<(), String> {
        let records = self.records("quarantine").await?;
        let record =
            records.into_iter().find(|record| record.id == id).ok_or(format!("there is no record {id}"))?;
        println!(
            "id       {}\naccount  {}\nsince    {}\nreason   {}",
            record.id, record.account, record.since, record.reason
        );
        if let Some(piece) = &record.piece {
            println!("part     {} of {}", piece.part, piece.of);
        }
        let body = BASE64.decode(&record.body).map_err(|error| format!("its bytes are damaged: {error}"))?;
        println!("\n{}", String::from_utf8_lossy(&body));
        for envelope in &record.envelopes {
            println!("{}", envelope.encode());
        }
        Ok(())
    }

    async fn put_back(&self, kind: &str, id: Option<&str>) -> Result<(), String> {
        let ids = match id {
            Some(id) => vec![id.to_owned()],
            None => self.records(kind).await?.into_iter().map(|record| record.id).collect(),
        };
        let mut failed = Vec::new();
        for id in ids {
            let path = format!("operator/held/{kind}/{id}/put-back");
            match self.call::<PutBack>(Method::POST, &path).await {
                Ok(PutBack { events }) => println!("{id}: {events} events are back in the queue"),
                Err(why) => failed.push(why),
            }
        }
        if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
    }
}
