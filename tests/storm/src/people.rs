//! What people write, and when: drawn from a seed, so that every run is the same.

use deskbridge_sandbox::graph::{Act, NewComment, NewMessage};

use crate::Scale;
use crate::time::START;

/// A small generator of reproducible chances (`SplitMix64`).
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn moment(&mut self, within: i64) -> i64 {
        START + i64::try_from(self.below(u64::try_from(within).unwrap_or(1))).unwrap_or_default()
    }
}

/// One utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Utterance {
    /// When, in milliseconds since the epoch.
    pub(crate) at: i64,
    pub(crate) person: u32,
    pub(crate) direct: bool,
    /// The how-manyth of this person there.
    pub(crate) nth: u32,
}

/// The people who write so often that a helpdesk would refuse one update for each comment of theirs.
const CHATTY: u64 = 5;
const CHATTY_COMMENTS: u32 = 40;
/// One of so many people writes direct messages, too.
const DIRECT_EVERY: u32 = 100;

const WORDS: [&str; 4] = [
    "My kettle has not arrived yet, and the tracking page says nothing. Where is it?",
    "Is the red one still to be had? The shop says it is sold out everywhere.",
    "I was charged twice for the same order. Please look into that, thank you!",
    "Great idea, but does it work with 110 volts? \u{2615}",
];

/// Everything that is written, in order of time.
pub(crate) fn utterances(scale: &Scale, draws: &mut Draws) -> Vec<Utterance> {
    let mut counts = vec![1_u32; scale.people as usize];
    let mut left = scale.comments.saturating_sub(scale.people);
    for _ in 0..CHATTY {
        let more = left.min(CHATTY_COMMENTS);
        counts[person(scale, draws)] += more;
        left -= more;
    }
    for _ in 0..left {
        counts[person(scale, draws)] += 1;
    }
    let mut all = Vec::with_capacity(scale.comments as usize);
    for (person, count) in (0..).zip(counts) {
        let directs = if person % DIRECT_EVERY == 0 { 1 + u32::from(draws.below(3) == 0) } else { 0 };
        for (direct, count) in [(false, count), (true, directs)] {
            let mut moments: Vec<i64> = (0..count).map(|_| draws.moment(scale.lasts_ms)).collect();
            moments.sort_unstable();
            let utterance = |(nth, at)| Utterance { at, person, direct, nth };
            all.extend((1..).zip(moments).map(utterance));
        }
    }
    all.sort_unstable();
    all
}

fn person(scale: &Scale, draws: &mut Draws) -> usize {
    usize::try_from(draws.below(u64::from(scale.people))).unwrap_or_default()
}

impl Utterance {
    /// What names it in a ticket.
    pub(crate) fn mark(&self) -> String {
        format!("(no. {}/{})", self.person, self.nth)
    }

    pub(crate) fn act(&self) -> Act {
        let words = WORDS[(self.person as usize + self.nth as usize) % WORDS.len()];
        let text = Some(format!("{words} {}", self.mark()));
        let name = Some(format!("Person {}", self.person));
        if self.direct {
            let (page, person) = ("1001".to_owned(), psid(self.person));
            Act::Message(NewMessage { page, person, name, text, ..NewMessage::default() })
        } else {
            let on = "1001_100".to_owned();
            Act::Comment(NewComment {
                on,
                person: Some(feed_id(self.person)),
                name,
                text,
                ..NewComment::default()
            })
        }
    }

    /// The key of its conversation.
    pub(crate) fn conversation(&self) -> String {
        match self.direct {
            true => format!("acme-facebook:direct:{}", psid(self.person)),
            false => format!("acme-facebook:post:1001_100:{}", feed_id(self.person)),
        }
    }
}

fn feed_id(person: u32) -> String {
    format!("{}", 5_000_000_000_u64 + u64::from(person))
}

fn psid(person: u32) -> String {
    format!("{}", 7_000_000_000_u64 + u64::from(person))
}
