//! What came of a storm: whether everything is where it belongs once and in order, and how long that took.

use std::collections::{BTreeMap, HashMap, HashSet};

use deskbridge_sandbox::zendesk::Role;

use crate::people::Utterance;
use crate::time::{START, lock};
use crate::town::{Answers, answer_mark};
use crate::world::{CALLS_PER_MINUTE, UPDATES_PER_MINUTE, World};

/// How long some things took, in milliseconds, sorted.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<i64>);

impl Times {
    fn of(mut times: Vec<i64>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// How long all but this part in a hundred took at most, in seconds.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> f64 {
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).map_or(0.0, |ms| *ms as f64 / 1000.0)
    }
}

/// What is not as it should be, in words; and what was measured.
pub(crate) struct Checked {
    pub(crate) wrong: Vec<String>,
    pub(crate) tickets: usize,
    pub(crate) direct: Times,
    pub(crate) public: Times,
    pub(crate) answers: Times,
    /// The least time in which the helpdesk's limits allow all that was needed, in milliseconds.
    pub(crate) least_ms: i64,
}

/// Who said what in a ticket, in order, with when it stood there.
struct Said {
    created: i64,
    marks: Vec<(String, i64)>,
}

pub(crate) fn check(world: &World, utterances: &[Utterance], answers: &Answers) -> Checked {
    let mut wrong = Vec::new();
    let mut tickets: HashMap<String, Said> = HashMap::new();
    let mut count = 0;
    for ticket in lock(&world.zendesk).glances() {
        count += 1;
        let key = ticket.external_id.unwrap_or_default().to_owned();
        let marks = ticket.comments.iter().filter(|comment| comment.role == Some(Role::EndUser));
        let marks = marks.flat_map(|comment| marks_in(comment.text).map(|mark| (mark, comment.at))).collect();
        if tickets.insert(key.clone(), Said { created: ticket.created, marks }).is_some() {
            wrong.push(format!("{key} has two tickets"));
        }
    }
    let (direct, public, late) = compare(utterances, &tickets, &mut wrong);
    let answered = answers_of(world, answers, &mut wrong);
    let held = world.held_for_a_person();
    if held > 0 {
        wrong.push(format!("{held} records wait for a person"));
    }
    let replies = answered.0.len() as u64;
    // A requester and a ticket for each conversation, an update for each in which somebody wrote on; and each answer is an update
    // of the agent's and a reading of ours.
    let updates = late + replies;
    let calls = 2 * tickets.len() as u64 + updates + replies;
    let minutes =
        |amount: u64, limit: u32| i64::try_from(amount * 60_000 / u64::from(limit)).unwrap_or(i64::MAX);
    let least_ms = minutes(calls, CALLS_PER_MINUTE).max(minutes(updates, UPDATES_PER_MINUTE));
    Checked { wrong, tickets: count, direct, public, answers: answered, least_ms }
}

/// Whether each conversation's ticket says what was said, once and in order. Gives how long that took for direct and for public
/// messages, and in how many conversations something was written once the ticket was there.
fn compare(
    utterances: &[Utterance],
    tickets: &HashMap<String, Said>,
    wrong: &mut Vec<String>,
) -> (Times, Times, u64) {
    let mut by_conversation: BTreeMap<String, Vec<&Utterance>> = BTreeMap::new();
    for utterance in utterances {
        by_conversation.entry(utterance.conversation()).or_default().push(utterance);
    }
    let (mut direct, mut public, mut late) = (Vec::new(), Vec::new(), 0);
    for (key, said) in &by_conversation {
        let Some(ticket) = tickets.get(key) else {
            wrong.push(format!("{key} has no ticket"));
            continue;
        };
        let expected: Vec<String> = said.iter().map(|one| one.mark()).collect();
        let found: Vec<&String> = ticket.marks.iter().map(|(mark, _)| mark).collect();
        if !expected.iter().eq(found.iter().copied()) {
            wrong.push(format!("{key} says {found:?} instead of {expected:?}"));
        }
        for (one, (_, at)) in said.iter().zip(&ticket.marks) {
            if one.direct { &mut direct } else { &mut public }.push(at - one.at);
        }
        late += u64::from(said.iter().any(|one| one.at > ticket.created));
    }
    if tickets.len() > by_conversation.len() {
        wrong.push(format!("{} tickets of nobody", tickets.len() - by_conversation.len()));
    }
    (Times::of(direct), Times::of(public), late)
}

/// `(no. 12/3)` and its like in a text.
fn marks_in(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices("(no. ").filter_map(|(at, _)| {
        let end = text[at..].find(')')?;
        Some(text[at..=at + end].to_owned())
    })
}

/// Whether each answer was published once; how long that took.
fn answers_of(world: &World, answers: &Answers, wrong: &mut Vec<String>) -> Times {
    let graph = lock(&world.graph);
    let mut published: HashMap<String, i64> = HashMap::new();
    let mut twice = HashSet::new();
    for (text, at) in graph.written_by_pages() {
        let Some(mark) = text.find("(answer ").map(|at| text[at..].to_owned()) else { continue };
        if published.insert(mark.clone(), at).is_some() {
            twice.insert(mark);
        }
    }
    wrong.extend(twice.iter().map(|mark| format!("{mark} was published twice")));
    let mut times = Vec::new();
    for (nth, written) in lock(answers).iter() {
        match published.get(&answer_mark(*nth)) {
            Some(at) => times.push((at - written).max(0)),
            None => wrong.push(format!("answer {nth} was not published")),
        }
    }
    Times::of(times)
}

/// How long after the beginning, in minutes.
pub(crate) fn minutes_since_start(at: i64) -> f64 {
    (at - START) as f64 / 60_000.0
}
