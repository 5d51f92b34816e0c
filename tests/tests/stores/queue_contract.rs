//! What every queue must do when it is handed envelopes. `received` lists what a consumer would get, in order.

use deskbridge_core::Moment;
use deskbridge_core::model::{Event, Place, Surface, Thread, What};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::Queue;

pub(crate) fn envelope(customer: &str, id: &str, raw: &str) -> Envelope {
    let thread = Thread { surface: Surface::Direct, post: String::new(), customer: customer.to_owned() };
    let what = What::Unknown { kind: "message".to_owned(), raw: raw.to_owned() };
    let event = Event { id: id.to_owned(), at: Moment(1), place: Place::Thread(thread), what };
    Envelope::event("acme", event, Moment(2))
}

pub(crate) async fn queue<Q: Queue>(queue: &Q, received: impl AsyncFn() -> Vec<Envelope>) {
    assert_eq!(queue.send(&[]).await, Ok(()));
    let envelopes: Vec<Envelope> = (0..25)
        .map(|at| envelope(&(at % 3).to_string(), &at.to_string(), "caf\u{e9} \u{0} \u{1f600}"))
        .collect();
    assert_eq!(queue.send(&envelopes).await, Ok(()));
    for group in ["acme:direct:0", "acme:direct:1", "acme:direct:2"] {
        assert!(!of_group(&envelopes, group).is_empty());
        assert_eq!(of_group(&received().await, group), of_group(&envelopes, group));
    }

    assert_eq!(queue.send(&envelopes[3..9]).await, Ok(()), "sending again is allowed");
    assert_eq!(received().await.len(), 25, "and changes nothing");

    let long: Vec<Envelope> =
        (0..3).map(|at| envelope("long", &format!("long {at}"), &"x".repeat(500_000))).collect();
    assert_eq!(queue.send(&long).await, Ok(()));
    assert!(of_group(&received().await, "acme:direct:long") == long);
}

fn of_group(envelopes: &[Envelope], group: &str) -> Vec<Envelope> {
    envelopes.iter().filter(|envelope| envelope.group == group).cloned().collect()
}
