//! A bridge between its stand-ins, with so many open conversations; and what is measured there.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::load::{Outcome, Pace, Requests, connect, exchange, send};
use crate::process::{Bridge, DOOR, PATIENCE, free_port};
use crate::stand_ins::StandIns;
use crate::webhooks::{comment, comments, mark, request};
use deskbridge_report::usage::usage;

/// So many webhooks are on their way to a ticket at once, while conversations are opened.
const OPENING_AT_ONCE: usize = 32;
/// So many while the cost of an event is measured: fewer than conversations, so that no two events share an update.
const WORKING_AT_ONCE: usize = 16;
/// So many events make that cost.
const WORKED: usize = 4_000;
/// So many events, so many a second, make the times to a ticket and to the platform: far from any limit of the machine.
const TIMED: usize = 200;
const TIMED_PER_SECOND: u32 = 40;
/// The paced load of the doors.
const STEADY_PER_SECOND: u32 = 1_000;
const STEADY: Duration = Duration::from_secs(5);
const STEADY_EVENTS: usize = 5_000;
const CONNECTIONS_STEADY: usize = 64;
/// The full load of the doors: at most so many connections, for so long.
pub(crate) const CONNECTIONS_MAX: usize = 256;
const FULL: Duration = Duration::from_secs(5);
/// More than any machine of today takes in that time.
const FULL_EVENTS: usize = 300_000;

/// What was measured with so many open conversations.
pub(crate) struct Measured {
    pub(crate) conversations: usize,
    /// How many connections made the full load.
    pub(crate) connections: usize,
    /// Each connection sends as soon as it is answered.
    pub(crate) full: Outcome,
    /// Time on a processor that the bridge took for an event then: to take it, not to make a ticket.
    pub(crate) full_cpu: Duration,
    /// And what the load took for it.
    pub(crate) load_cpu: Duration,
    /// Writes of the database that were forced to the disk, per event accepted then.
    pub(crate) fsyncs: f64,
    /// At [`STEADY_PER_SECOND`].
    pub(crate) steady: Outcome,
    /// From the webhook to the ticket, sorted, in microseconds.
    pub(crate) to_ticket: Vec<u32>,
    /// From the agent's reply to the platform.
    pub(crate) to_platform: Vec<u32>,
    /// Time on a processor for an event all the way into a ticket.
    pub(crate) cpu: Duration,
    /// Writes forced to the disk for an event all the way.
    pub(crate) fsyncs_all_the_way: f64,
    /// Events a second all the way into tickets.
    pub(crate) rate_all_the_way: f64,
    /// Memory with these conversations open, in KiB.
    pub(crate) rss: u64,
    /// Memory at the end, with all that was accepted waiting.
    pub(crate) rss_full: u64,
    /// Bytes of the file with these conversations open.
    pub(crate) file: u64,
    /// Bytes by which an event that waits makes it grow.
    pub(crate) file_per_waiting: u64,
    /// What was accepted and is neither finished nor waiting.
    pub(crate) lost: f64,
}

/// The bridge and everything around it.
pub(crate) struct House {
    pub(crate) bridge: Bridge,
    pub(crate) stand_ins: StandIns,
    conversations: usize,
    /// The number of the next event.
    next: usize,
}

impl House {
    /// A house with so many open conversations.
    pub(crate) async fn open(binary: &Path, conversations: usize) -> Self {
        let port = free_port();
        let stand_ins = StandIns::serve(port).await;
        let bridge = Bridge::start(binary, port, &stand_ins).await;
        let mut house = Self { bridge, stand_ins, conversations, next: 0 };
        house.carry(conversations, OPENING_AT_ONCE).await;
        house
    }

    /// Measures everything.
    pub(crate) async fn measure(mut self) -> Measured {
        let (rss, file) = (self.bridge.usage().rss, self.bridge.file_bytes());
        let to_ticket = self.time_to_ticket().await;
        let to_platform = self.time_to_platform().await;
        let before = (self.bridge.usage().cpu, self.bridge.fsyncs().await, Instant::now());
        let at_once = WORKING_AT_ONCE.min(self.conversations);
        let worked = if at_once < WORKING_AT_ONCE { WORKED / 10 } else { WORKED };
        self.carry(worked, at_once).await;
        let each = u32::try_from(worked).unwrap_or(u32::MAX);
        let cpu = (self.bridge.usage().cpu - before.0) / each;
        let fsyncs_all_the_way = (self.bridge.fsyncs().await - before.1) / f64::from(each);
        let rate_all_the_way = f64::from(each) / before.2.elapsed().as_secs_f64();
        // From here on the helpdesk is what it is in truth: far slower than the doors.
        self.stand_ins.limit_helpdesk();
        let requests = self.webhooks(STEADY_EVENTS);
        let steady = self.accept(CONNECTIONS_STEADY, Pace::PerSecond(STEADY_PER_SECOND), STEADY, &requests);
        let connections = self.conversations.min(CONNECTIONS_MAX);
        let requests = self.webhooks(FULL_EVENTS);
        let own = || usage(std::process::id()).cpu;
        let before = (self.bridge.usage().cpu, self.bridge.fsyncs().await, self.bridge.file_bytes(), own());
        let full = self.accept(connections, Pace::AsFastAsAnswered, FULL, &requests);
        let (used, load) = (self.bridge.usage(), own() - before.3);
        let each = u32::try_from(full.accepted.max(1)).unwrap_or(u32::MAX);
        Measured {
            conversations: self.conversations,
            connections,
            full_cpu: (used.cpu - before.0) / each,
            load_cpu: load / each,
            fsyncs: (self.bridge.fsyncs().await - before.1) / f64::from(each),
            steady,
            to_ticket,
            to_platform,
            cpu,
            fsyncs_all_the_way,
            rate_all_the_way,
            rss,
            rss_full: used.rss,
            file,
            file_per_waiting: self.bridge.file_bytes().saturating_sub(before.2) / u64::from(each),
            lost: self.bridge.metric("deskbridge_unaccounted").await,
            full,
        }
    }

    /// So many webhooks, one after the other of each conversation.
    fn webhooks(&mut self, events: usize) -> Requests {
        let first = self.next;
        self.next += events;
        comments(DOOR, first, (0..events).map(|nth| nth % self.conversations))
    }

    /// Loads the doors only.
    fn accept(&self, connections: usize, pace: Pace, at_most: Duration, requests: &Requests) -> Outcome {
        eprintln!("  the doors: {pace:?}");
        tokio::task::block_in_place(|| send(self.bridge.port, connections, pace, requests, at_most))
    }

    /// Carries events all the way into tickets, one after the other in each conversation, so many conversations at once.
    async fn carry(&mut self, events: usize, at_once: usize) {
        let first = self.next;
        self.next += events;
        let house = &*self;
        let workers = (0..at_once).map(|worker| async move {
            let mut stream = connect(house.bridge.port).await;
            for nth in (worker..events).step_by(at_once) {
                house.knock(&mut stream, first + nth, nth % house.conversations).await;
                let arrived = tokio::time::timeout(PATIENCE, house.stand_ins.tickets.wait(first + nth)).await;
                arrived.expect("it becomes a ticket").expect("the stand-in runs");
            }
        });
        futures_util::future::join_all(workers).await;
    }

    async fn knock(&self, stream: &mut TcpStream, number: usize, person: usize) {
        let request = request(DOOR, &comment(number, person));
        assert_eq!(exchange(stream, &request, &mut Vec::new()).await, Some(200), "the door takes it");
    }

    /// From the webhook to the ticket, each of another conversation as far as there are.
    async fn time_to_ticket(&mut self) -> Vec<u32> {
        let first = self.next;
        self.next += TIMED;
        let mut stream = connect(self.bridge.port).await;
        let mut sent = Vec::with_capacity(TIMED);
        let mut pace = tokio::time::interval(Duration::from_secs(1) / TIMED_PER_SECOND);
        for nth in 0..TIMED {
            pace.tick().await;
            sent.push(Instant::now());
            self.knock(&mut stream, first + nth, nth * 7 % self.conversations).await;
        }
        let mut took = Vec::new();
        for (number, sent) in (first..).zip(sent) {
            tokio::time::timeout(PATIENCE, self.stand_ins.tickets.wait(number))
                .await
                .expect("a ticket")
                .expect("a stand-in");
            let arrival = self.stand_ins.tickets.of(number).expect("it arrived");
            took.push(micros(arrival.at - sent));
        }
        took.sort_unstable();
        took
    }

    /// From the agent's reply to the platform. The helpdesk's trigger, its webhook and our reading of the comment lie between.
    async fn time_to_platform(&mut self) -> Vec<u32> {
        let first = self.next;
        self.next += TIMED;
        let mut pace = tokio::time::interval(Duration::from_secs(1) / TIMED_PER_SECOND);
        let mut said = Vec::with_capacity(TIMED);
        for nth in 0..TIMED {
            pace.tick().await;
            // The first events opened the tickets.
            let opened = self.stand_ins.tickets.of(nth * 7 % self.conversations).expect("it arrived");
            said.push(Instant::now());
            let ticket = opened.ticket.expect("it opened a ticket");
            self.stand_ins.answer(
                ticket,
                &format!("Dear customer, parcel {} is on its way to you.", mark(first + nth)),
            );
        }
        let mut took = Vec::new();
        for (number, said) in (first..).zip(said) {
            let published = &self.stand_ins.published;
            tokio::time::timeout(PATIENCE, published.wait(number))
                .await
                .expect("it is published")
                .expect("a stand-in");
            took.push(micros(published.of(number).expect("it arrived").at - said));
        }
        took.sort_unstable();
        took
    }
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}
