//! `kill -9` in the middle of the traffic of hundreds of conversations: nothing lost, nothing doubled, all in order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deskbridge_connectors::http::{Answer, Method};
use serde_json::json;
use tokio::task::JoinSet;

use crate::process::eventually;
use deskbridge_tests::live::{Site, Ticket, comment, deliver, direct, published, tickets, tickets_in};

use crate::demo_process::Demo;

const CONVERSATIONS: usize = 500;
/// Messages in each conversation.
const MESSAGES: usize = 3;
/// Answers of the agents of each helpdesk.
const ANSWERS: usize = 30;
/// So often the process is killed, unless `DESKBRIDGE_KILLS` says otherwise.
const KILLS: usize = 4;
/// So many customers write at the same time.
const SENDERS: usize = 16;
/// One delivery in so many comes twice.
const TWICE: u64 = 7;
/// Decides when the process is killed, what comes twice and what is answered.
const SEED: u64 = 20_261_122;
/// After each kill the clock is set ahead so far: beyond every time that the bridge waits before it looks for something
/// of which it does not know whether it was made.
const AHEAD: u64 = 150;

/// Numbers that look random: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn index(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).expect("an index")
    }
}

/// One conversation: comments and direct messages on both pages take turns.
struct Talk {
    number: usize,
}

impl Talk {
    fn is_acme(&self) -> bool {
        self.number % 4 < 2
    }

    fn is_direct(&self) -> bool {
        self.number % 2 == 1
    }

    fn door(&self) -> &'static str {
        if self.is_acme() { "acme-facebook" } else { "globex-facebook" }
    }

    fn person(&self) -> String {
        format!("{}{:04}", if self.is_direct() { 6 } else { 5 }, self.number)
    }

    fn key(&self) -> String {
        match (self.is_direct(), self.is_acme()) {
            (true, _) => format!("{}:direct:{}", self.door(), self.person()),
            (false, true) => format!("{}:post:1001_100:{}", self.door(), self.person()),
            (false, false) => format!("{}:post:1002_200:{}", self.door(), self.person()),
        }
    }

    fn word(&self, message: usize) -> String {
        format!("msg-{}-{message}", self.number)
    }

    fn webhook(&self, message: usize) -> Vec<u8> {
        let text = format!("{} is what I ask.", self.word(message));
        let number = format!("{:04}{message}", self.number);
        let name = format!("Customer {}", self.number);
        match (self.is_direct(), self.is_acme()) {
            (true, acme) => {
                direct(if acme { "1001" } else { "1002" }, &self.person(), &format!("m_{number}"), &text)
            }
            (false, true) => comment("1001_100", &format!("100_8{number}"), (&self.person(), &name), &text),
            (false, false) => comment("1002_200", &format!("200_8{number}"), (&self.person(), &name), &text),
        }
    }
}

/// Sends a webhook until it is answered 200, as Meta does.
async fn send(bridge: &Site, door: &str, webhook: &[u8]) {
    loop {
        match deliver(bridge, door, webhook).await {
            Answer::Response(response) if response.status == 200 => return,
            Answer::Response(response) => assert_eq!(response.status, 503, "door {door}"),
            Answer::NotSent | Answer::Lost | Answer::NotPiped(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A customer in every so many conversations: one message in each of them, then the next one in each.
async fn customers(first: usize, bridge: Site, accepted: Arc<AtomicUsize>) {
    let mut dice = Dice(SEED + first as u64);
    for message in 0..MESSAGES {
        for number in (first..CONVERSATIONS).step_by(SENDERS) {
            let talk = Talk { number };
            let webhook = talk.webhook(message);
            send(&bridge, talk.door(), &webhook).await;
            accepted.fetch_add(1, Ordering::Relaxed);
            if dice.below(TWICE) == 0 {
                send(&bridge, talk.door(), &webhook).await;
            }
        }
    }
}

/// The agents of one helpdesk: they answer in some ticket whenever the traffic has gone on a bit.
async fn agents(name: &'static str, helpdesk: Site, accepted: Arc<AtomicUsize>) -> Vec<(u64, String)> {
    let mut dice = Dice(SEED);
    let mut answers = Vec::new();
    for number in 0..ANSWERS {
        let from = CONVERSATIONS * MESSAGES * (number + 1) / (ANSWERS + 2);
        let tickets = eventually("there are tickets", async || {
            let enough = accepted.load(Ordering::Relaxed) >= from;
            let state = if enough { helpdesk.state_if_up().await } else { None };
            state.map(|state| tickets_in(&state)).filter(|tickets| !tickets.is_empty())
        })
        .await;
        let (ticket, text) = (tickets[dice.index(tickets.len())].id, format!("answer-{name}-{number}"));
        answer(&helpdesk, ticket, &text).await;
        answers.push((ticket, text));
    }
    answers
}

/// Writes an answer, and makes sure that it is in the ticket: once, even if the stand-in dies meanwhile.
async fn answer(helpdesk: &Site, ticket: u64, text: &str) {
    let act = json!({ "do": "reply", "ticket": ticket, "text": text });
    eventually("an agent can answer", async || {
        let request = helpdesk.request(Method::POST, "/_sandbox/act").json(&act);
        if let Answer::Response(response) = helpdesk.send(request).await {
            assert!(response.is_success(), "{act}: {}", response.status);
            return Some(());
        }
        // It may have been taken all the same.
        let state = eventually("the stand-in is back", async || helpdesk.state_if_up().await).await;
        tickets_in(&state).iter().any(|ticket| ticket.has(true, text)).then_some(())
    })
    .await;
}

/// Kills the process at each of these moments, counted in messages taken, and starts it again at once.
async fn killer(mut demo: Demo, folder: &Path, moments: &[usize], accepted: Arc<AtomicUsize>) -> Demo {
    for (ahead, &moment) in (1..).zip(moments) {
        let reached = async || (accepted.load(Ordering::Relaxed) >= moment).then_some(());
        eventually("customers write", reached).await;
        demo.process.kill();
        demo = Demo::start_at(folder, demo.ports, ahead * AHEAD).await;
    }
    demo
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_conversations_survive_kills() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path()).await;
    let accepted = Arc::new(AtomicUsize::new(0));
    let mut senders = JoinSet::new();
    for first in 0..SENDERS {
        senders.spawn(customers(first, demo.bridge.clone(), Arc::clone(&accepted)));
    }
    let mut dice = Dice(SEED);
    let all = CONVERSATIONS * MESSAGES;
    let kills = std::env::var("DESKBRIDGE_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number"));
    let mut moments: Vec<usize> = (0..kills).map(|_| all / 20 + dice.index(all * 9 / 10)).collect();
    moments.sort_unstable();
    let sites = demo.sites.clone();
    let (to_zendesk, to_freshdesk, demo) = tokio::join!(
        agents("zendesk", sites.zendesk, Arc::clone(&accepted)),
        agents("freshdesk", sites.freshdesk, Arc::clone(&accepted)),
        killer(demo, folder.path(), &moments, Arc::clone(&accepted)),
    );
    while let Some(sender) = senders.join_next().await {
        sender.expect("all messages are taken");
    }
    come_to_rest(&demo).await;

    let mut told = 0;
    let sides = [(&demo.sites.zendesk, "1001", to_zendesk), (&demo.sites.freshdesk, "1002", to_freshdesk)];
    for (site, page, answers) in sides {
        let tickets = tickets(site).await;
        check_messages(&tickets, page == "1001");
        told += check_answers(&tickets, &answers, &published(&demo.sites.graph, page).await);
    }
    println!(
        "seed {SEED}: {kills} kills among {all} messages of {CONVERSATIONS} conversations and {} answers: none lost, none \
         doubled; {told} answers could not be confirmed, and their tickets say so",
        2 * ANSWERS
    );
    assert_eq!(demo.bridge.metric("deskbridge_unaccounted").await, Some(0.0));
    let health = demo.bridge.json("/healthz").await;
    assert_eq!((&health["quarantined"], &health["parked"]), (&json!(0), &json!(0)), "{health}");
}

/// Waits until no webhook is on its way and the queue is empty.
async fn come_to_rest(demo: &Demo) {
    eventually("everything comes to rest", async || {
        for helpdesk in [&demo.sites.zendesk, &demo.sites.freshdesk, &demo.sites.graph] {
            if helpdesk.state().await["webhooks"]["waiting"] != 0 {
                return None;
            }
        }
        (demo.bridge.metric("deskbridge_queue_depth").await == Some(0.0)).then_some(())
    })
    .await;
}

/// Every conversation has one ticket, and in it each of its messages once and in order, and no other's.
fn check_messages(tickets: &[Ticket], acme: bool) {
    let talks = (0..CONVERSATIONS).map(|number| Talk { number }).filter(|talk| talk.is_acme() == acme);
    let mut expected: BTreeMap<String, Vec<String>> =
        talks.map(|talk| (talk.key(), (0..MESSAGES).map(|message| talk.word(message)).collect())).collect();
    for ticket in tickets {
        let words = expected.remove(&ticket.conversation);
        let words = words.unwrap_or_else(|| panic!("seed {SEED}: a ticket too many: {ticket:?}"));
        let said = ticket.entries.iter().flat_map(|entry| entry.text.split_whitespace());
        let said: Vec<&str> = said.filter(|word| word.starts_with("msg-")).collect();
        assert_eq!(said, words, "seed {SEED}: {ticket:?}");
    }
    assert!(expected.is_empty(), "seed {SEED}: without a ticket: {expected:?}");
}

/// Every answer is published once, or its ticket says that nobody can know; nothing else is published or noted. Gives
/// the number of those of which nobody can know.
fn check_answers(tickets: &[Ticket], answers: &[(u64, String)], published: &[String]) -> usize {
    let mut unknown: BTreeMap<u64, usize> = BTreeMap::new();
    for (ticket, text) in answers {
        match published.iter().filter(|one| *one == text).count() {
            1 => {}
            0 => *unknown.entry(*ticket).or_default() += 1,
            times => panic!("seed {SEED}: {text} was published {times} times"),
        }
    }
    for text in published {
        assert!(answers.iter().any(|(_, one)| one == text), "seed {SEED}: {text:?} was never written");
    }
    for ticket in tickets {
        let notes: Vec<&str> =
            ticket.entries.iter().filter(|entry| !entry.public).map(|entry| entry.text.as_str()).collect();
        let doubts = notes.iter().filter(|note| note.starts_with("COULD NOT CONFIRM")).count();
        let missing = unknown.get(&ticket.id).copied().unwrap_or(0);
        assert!(doubts >= missing, "seed {SEED}: an answer is missing without a word: {ticket:?}");
        let proofs = notes.iter().filter(|note| note.starts_with("CONFIRMED")).count();
        assert_eq!(notes.len(), doubts + proofs, "seed {SEED}: {ticket:?}");
    }
    unknown.values().sum()
}
