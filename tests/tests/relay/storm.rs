//! Many conversations, every fault at once, processes that die: at the end everything is where it belongs, once.

use std::time::Duration;

use deskbridge_engine::sweep;
use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House, TicketView};

const SEEDS: u64 = 40;
const ROUNDS: u64 = 40;

/// A small generator of reproducible chances (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn small(&mut self, bound: u32) -> u32 {
        u32::try_from(self.below(u64::from(bound))).unwrap_or_default()
    }

    fn at(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }
}

fn fault(chance: &mut Chance) -> FaultRule {
    let kind = match chance.below(10) {
        0 => FaultKind::LostBefore,
        1 => FaultKind::LostAfter,
        2 => FaultKind::LateApply { ms: 1_000 + chance.below(25_000) },
        3 => FaultKind::Hang { ms: 20_000 },
        4 => FaultKind::Slow { ms: 20_000 },
        5 => FaultKind::Garbage,
        6 => FaultKind::Status { code: 500, retry_after_s: None, body: None },
        7 => FaultKind::Status { code: 503, retry_after_s: None, body: None },
        8 => FaultKind::Status { code: 503, retry_after_s: Some(9), body: None },
        _ => FaultKind::Throttle { retry_after_s: 7 },
    };
    let method = match chance.below(3) {
        0 => None,
        1 => Some("POST".to_owned()),
        _ => Some("PUT".to_owned()),
    };
    FaultRule { method, path: String::new(), kind, times: 1, skip: chance.small(3) }
}

/// What people did.
#[derive(Default)]
struct Done {
    messages: Vec<String>,
    replies: usize,
}

/// Somebody does something.
fn act(house: &House, desk: Desk, chance: &mut Chance, round: u64, done: &mut Done) {
    match chance.below(4) {
        0 | 1 => {
            let words = format!("Message {desk:?} {round} here.");
            if chance.below(2) == 0 {
                desk.message(house, &words)
            } else {
                desk.comment(house, &words)
            };
            done.messages.push(words);
        }
        2 => {
            let tickets = desk.tickets(house);
            let Some(ticket) = pick(&tickets, chance) else { return };
            desk.reply(house, ticket.id, &format!("Reply {round} there."));
            done.replies += 1;
        }
        _ => {
            let tickets = desk.tickets(house);
            let Some(ticket) = pick(&tickets, chance) else { return };
            desk.agent(house, if chance.below(2) == 0 { "note" } else { "solve" }, ticket.id, "internal");
        }
    }
}

fn pick<'a>(tickets: &'a [TicketView], chance: &mut Chance) -> Option<&'a TicketView> {
    if tickets.is_empty() { None } else { tickets.get(chance.at(tickets.len())) }
}

async fn disturb(house: House, chance: &mut Chance) -> House {
    match chance.below(8) {
        0 | 1 => {
            let remotes = [house.zendesk(), house.freshdesk(), house.graph()];
            remotes[chance.at(3)].fault(fault(chance));
        }
        2 => house.bridge.world.store.lose_save_answers(1),
        3 => house.bridge.world.store.refuse_saves(1),
        4 => {
            house.deliver_webhooks().await;
            house.relay_and_die_after(chance.at(40));
            return house.restart().await;
        }
        5 => {
            for remote in [house.zendesk(), house.freshdesk(), house.graph()] {
                house.repeat_webhooks(remote, 2).await;
            }
        }
        _ => house.pass(Duration::from_secs(chance.below(40))),
    }
    house
}

fn check(house: &House, desk: Desk, done: &Done, what: &str) {
    let tickets = desk.tickets(house);
    for words in &done.messages {
        let times: usize = tickets.iter().map(|ticket| ticket.times_said(words)).sum();
        assert_eq!(times, 1, "{words} {what} {tickets:#?}");
    }
    let mut sent = house.page_messages(desk.page(), desk.psid());
    sent.extend(house.page_comments(desk.page()).into_iter().map(|(_, text)| text));
    let total = sent.len();
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), total, "nothing is published twice: {what}");
    let noted = |words: &str| tickets.iter().map(|ticket| ticket.times_noted(words)).sum::<usize>();
    let known = total + noted("COULD NOT CONFIRM:") - noted("CONFIRMED: this reply");
    let short = |ticket: &TicketView| -> Vec<String> {
        let line = |one: &deskbridge_tests::Entry| {
            format!("{:?} {}", one.who, one.text.chars().take(120).collect::<String>())
        };
        ticket.entries.iter().map(line).collect()
    };
    let shown: Vec<_> = tickets.iter().map(short).collect();
    assert_eq!(known, done.replies, "{what} {shown:#?} {sent:?}");
}

#[tokio::test]
async fn after_any_storm_everything_is_where_it_belongs_once() {
    for seed in 0..SEEDS {
        let mut chance = Chance(seed);
        let mut house = House::open().await;
        let mut done = [Done::default(), Done::default()];
        for round in 0..ROUNDS {
            for (desk, done) in Desk::BOTH.into_iter().zip(&mut done) {
                act(&house, desk, &mut chance, round, done);
            }
            house = disturb(house, &mut chance).await;
            if chance.below(2) == 0 {
                house.deliver_webhooks().await;
                house.relay_due().await;
            }
        }
        for remote in [house.zendesk(), house.freshdesk(), house.graph()] {
            remote.no_faults();
        }
        for _ in 0..2 {
            house.settle_within(Duration::from_secs(3 * 24 * 3600)).await;
            house.pass(Duration::from_secs(300));
            sweep(&house.bridge).await;
        }
        house.settle_within(Duration::from_secs(24 * 3600)).await;
        let what = format!(
            "seed {seed} {}",
            if std::env::var("TOLD").is_ok() { house.told() } else { String::new() }
        );
        for (desk, done) in Desk::BOTH.into_iter().zip(&done) {
            check(&house, desk, done, &what);
        }
        assert_eq!(house.parked().await, [], "{what}");
        assert_eq!(house.quarantined().await, [], "{what}");
        assert_eq!(house.bridge.world.queue.depth(), 0, "{what}");
    }
}
