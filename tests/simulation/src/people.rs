//! What customers and agents do, drawn as the run goes along.

use deskbridge_engine::Directory;
use deskbridge_sandbox::graph::{
    Act, Edit, InstagramComment, InstagramNative, NewComment, PageMessage, Raw, RawUpdate, Reaction, Target,
    WhatsAppNative,
};
use serde_json::json;

use crate::agents;
use crate::house::accounts_of;
use crate::on_x;
use crate::oracle::{Elsewhere, Riddle, Said, outlines};
use crate::remotes::Side;
use crate::renaming::rename;
use crate::talks::{Place, TALKS, Talk};
use crate::theme::Theme;
use crate::weather::Topology;
use crate::words::sentence;
use crate::world::State;

/// The conversations of a run.
pub(crate) struct People {
    talks: Vec<Talk>,
    /// Agents answer in direct messages at such length that it takes several.
    long_winded: bool,
    /// Agents mostly close, merge and delete.
    deeds: bool,
    /// Agents mostly answer.
    answers: bool,
    /// Agents mostly close.
    closes: bool,
    /// Agents mostly solve.
    returns: bool,
    /// Customers take most of their messages back.
    take_back: bool,
    /// Webhooks come through doors of accounts with which nobody talks, too.
    all_accounts: bool,
}

impl People {
    /// So many conversations, beginning anywhere; where first attempts are the theme, at Zendesk, and where
    /// a helpdesk is, at that one.
    pub(crate) fn draw(state: &mut State, theme: Theme, topology: &Topology) -> Self {
        let count = u32::try_from(TALKS.len()).unwrap_or(1);
        let from = state.draws.below(count);
        let from = match (theme, topology.outage) {
            (Theme::FirstAttempts | Theme::OldReads, _) | (Theme::Doubt, Some((Side::Zendesk, _))) => {
                from - from % 2
            }
            (Theme::Doubt, _) => from | 1,
            // WhatsApp lists nothing: only its webhooks can tell what became of an answer.
            (Theme::Answers, _) => [4, 5, 10, 11][usize::try_from(from % 4).unwrap_or(0)],
            // Comments whose tickets are opened under a key.
            (Theme::TakenBack, _) => [0, 6][usize::try_from(from % 2).unwrap_or(0)],
            // Whoever can send one, where closed tickets are followed up.
            (Theme::Photos, _) => [0, 2, 4, 14][usize::try_from(from % 4).unwrap_or(0)],
            _ => from,
        };
        if theme == Theme::Photos {
            state.photo_every = 2;
        }
        let talk = |n: u32| TALKS[usize::try_from((from + n) % count).unwrap_or(0)];
        let talks = (0..topology.conversations).map(talk).collect();
        Self {
            talks,
            long_winded: false,
            deeds: topology.deeds,
            answers: topology.answers,
            closes: topology.closes,
            returns: topology.returns,
            take_back: topology.take_back,
            all_accounts: topology.all_accounts,
        }
    }

    /// One conversation.
    pub(crate) fn one(talk: usize, long_winded: bool) -> Self {
        Self {
            talks: vec![TALKS[talk % TALKS.len()]],
            long_winded,
            deeds: false,
            answers: false,
            closes: false,
            returns: false,
            take_back: false,
            all_accounts: false,
        }
    }

    /// The accounts of their run.
    pub(crate) fn accounts(&self, house: &Directory, topology: &Topology) -> Directory {
        accounts_of(house, &self.talks, topology)
    }

    /// The group of the first conversation.
    pub(crate) fn first_group(&self) -> String {
        self.talks.first().map(Talk::key).unwrap_or_default()
    }

    /// A customer does something.
    pub(crate) fn customer(&self, state: &mut State) {
        let which = state.draws.below(u32::try_from(self.talks.len()).unwrap_or(1));
        let talk = self.talks[usize::try_from(which).unwrap_or(0)];
        if self.take_back {
            take_back_or_write(state, talk);
            return state.arm_webhooks(Side::Graph);
        }
        // Nobody was renamed on tapes of format 1.
        let acts = if state.draws.format() == 1 { 12 } else { 13 };
        match state.draws.below(acts) {
            0..=6 => write(state, talk, 1),
            7 | 8 => {
                let several = 2 + state.draws.below(3);
                write(state, talk, several);
            }
            9 => edit(state, talk),
            10 => remove(state, talk),
            // Once: see "Not there yet" in docs/reliability.md.
            12 if talk.place == Place::WhatsApp && !state.oracle.names.is_renamed(&talk.key()) => {
                rename(state, talk);
                if state.draws.below(2) == 1 {
                    write(state, talk, 1);
                }
            }
            12 => write(state, talk, 1),
            _ => other(state, talk, self.all_accounts),
        }
        Side::PLATFORMS.into_iter().for_each(|side| state.arm_webhooks(side));
    }

    /// An agent does something.
    pub(crate) fn agent(&self, state: &mut State) {
        let first = state.draws.one_of(&[Side::Zendesk, Side::Freshdesk]);
        let second = if first == Side::Zendesk { Side::Freshdesk } else { Side::Zendesk };
        for side in [first, second] {
            let mut there = outlines(&state.remotes, side, &state.oracle.names);
            there.retain(|ticket| !ticket.deleted && !ticket.conversation.is_empty());
            if there.is_empty() {
                continue;
            }
            let at = state.draws.below(u32::try_from(there.len()).unwrap_or(1));
            let ticket = there[usize::try_from(at).unwrap_or(0)].clone();
            let ordinary = [0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 10, 10, 12, 13, 14, 15];
            let deed = state.draws.one_of(match self {
                Self { deeds: true, .. } => &[0, 0, 0, 10, 13, 13, 14, 14, 15][..],
                Self { answers: true, .. } => &[0, 0, 0, 0, 0, 9],
                Self { closes: true, .. } => &[13, 13, 13, 0],
                Self { returns: true, .. } => &[10, 10, 10, 10, 0, 12, 14],
                _ => &ordinary,
            });
            match deed {
                0 => agents::reply(state, &ticket, self.long_winded),
                9 => agents::say(state, &ticket, "note", "Between us."),
                10 => agents::solve(state, &ticket, self.returns),
                12 => agents::say(state, &ticket, "reopen", ""),
                13 => agents::close(state, &ticket),
                14 => agents::merge(state, &ticket, &there),
                _ => agents::delete(state, &ticket),
            }
            state.arm_webhooks(side);
            return;
        }
    }
}

/// A customer takes back what is still there, mostly, and writes anew.
fn take_back_or_write(state: &mut State, talk: Talk) {
    let key = talk.key();
    let stands = state.oracle.said.iter().any(|said| said.conversation == key && !said.removed);
    if stands && state.draws.below(3) > 0 { remove(state, talk) } else { write(state, talk, 1) }
}

/// A customer writes one message, or several at once; direct messages written at once come in one webhook.
fn write(state: &mut State, talk: Talk, several: u32) {
    if talk.is_on_x() {
        return on_x::write(state, talk, several);
    }
    let now = state.now;
    let mut together = Vec::new();
    let mut said = Vec::new();
    for _ in 0..several {
        let number = state.oracle.said.len() + said.len();
        let words = usize::try_from(1 + state.draws.below(4)).unwrap_or(1);
        let text = sentence('c', number, words);
        let photo = photo_with(state, talk, number);
        let person = state.oracle.names.person(&talk);
        if let Some(message) = talk.message(person, &text, photo.then(|| photo_of(number))) {
            together.push(message);
            said.push(Said { photo, ..new_said(state, &talk, text) });
        } else {
            comment(state, &talk, number, text);
        }
    }
    if together.is_empty() {
        return;
    }
    let first = state.oracle.said.len();
    state.note(format_args!("{} writes c{first} and {} more", talk.key(), several - 1));
    match state.remotes.graph.act_together(together, now) {
        Ok(acted) => {
            let with_ids = said.into_iter().zip(acted).map(|(one, acted)| Said { id: acted.id, ..one });
            state.oracle.said.extend(with_ids);
        }
        Err(why) => state.oracle.breaks(format!("the simulation itself: a message was not possible: {why}")),
    }
}

fn comment(state: &mut State, talk: &Talk, number: usize, text: String) {
    let now = state.now;
    let (person, said) = (Some(talk.person.to_owned()), Some(text.clone()));
    let (on, act) = match talk.place {
        Place::Comments(post) => {
            let on = answered(state, post);
            let photo = photo_with(state, *talk, number).then(|| photo_of(number));
            let comment = NewComment { on: on.clone(), person, text: said, photo, ..NewComment::default() };
            (on, Act::Comment(comment))
        }
        Place::InstagramComments(post) => {
            let on = post.to_owned();
            let comment =
                InstagramComment { on: on.clone(), person, text: said, ..InstagramComment::default() };
            (on, Act::InstagramComment(comment))
        }
        Place::Messenger | Place::InstagramMessages | Place::WhatsApp => return,
        Place::XAnswers(_) | Place::XMessages => return,
    };
    // What is answered may be gone together with what it answered itself.
    if let Ok(acted) = state.remotes.graph.act(act, now) {
        state.note(format_args!("{} writes c{number} under {on}", talk.key()));
        let (photo, said) = (photo_with(state, *talk, number), new_said(state, talk, text));
        state.oracle.said.push(Said { id: acted.id, photo, ..said });
    }
}

/// Whether a customer's message has a photo, where people can send one. No draw decides it, so that the tapes of short runs stay
/// what they are.
fn photo_with(state: &State, talk: Talk, number: usize) -> bool {
    number % state.photo_every == state.photo_every - 1
        && !matches!(talk.place, Place::InstagramComments(_) | Place::XAnswers(_) | Place::XMessages)
}

/// The photo that goes with a message: no other is as long.
fn photo_of(number: usize) -> String {
    format!("sandbox:marked-{number}.png")
}

pub(crate) fn new_said(state: &State, talk: &Talk, text: String) -> Said {
    Said {
        conversation: talk.key(),
        under: state.oracle.names.present_key(talk),
        led: false,
        id: String::new(),
        text,
        at: talk.moment(state.now),
        edit: false,
        removed: false,
        removal_accepted: false,
        accepted: false,
        arrival: None,
        photo: false,
    }
}

/// The post, or a comment under it that is still there, by whomever.
pub(crate) fn answered(state: &mut State, post: &str) -> String {
    let under: Vec<String> = state
        .oracle
        .said
        .iter()
        .filter(|said| !said.removed && !said.edit && said.conversation.contains(post))
        .map(|said| said.id.clone())
        .collect();
    if under.is_empty() || state.draws.below(2) == 0 {
        return post.to_owned();
    }
    let at = state.draws.below(u32::try_from(under.len()).unwrap_or(1));
    under[usize::try_from(at).unwrap_or(0)].clone()
}

/// One of this customer's messages that is still there.
pub(crate) fn own_message(state: &mut State, talk: Talk) -> Option<usize> {
    let key = talk.key();
    let there = state.oracle.said.iter().enumerate();
    let own: Vec<usize> = there
        .filter(|(_, said)| said.conversation == key && !said.removed && !said.edit)
        .map(|(at, _)| at)
        .collect();
    let at = state.draws.below(u32::try_from(own.len()).unwrap_or(1));
    own.get(usize::try_from(at).unwrap_or(0)).copied()
}

fn edit(state: &mut State, talk: Talk) {
    if talk.is_on_x() {
        return on_x::edit(state, talk);
    }
    let Some(at) = own_message(state, talk) else { return };
    let (now, number) = (state.now, state.oracle.said.len());
    let id = state.oracle.said[at].id.clone();
    let text = sentence('c', number, 2);
    if state.remotes.graph.act(Act::Edit(Edit { id: id.clone(), text: text.clone() }), now).is_ok() {
        state.note(format_args!("customer edits c{at} into c{number}"));
        let said = new_said(state, &talk, text);
        state.oracle.said.push(Said { id, edit: true, ..said });
    }
}

fn remove(state: &mut State, talk: Talk) {
    if matches!(talk.place, Place::InstagramComments(_)) || talk.is_on_x() {
        return;
    }
    let Some(at) = own_message(state, talk) else { return };
    let (now, id) = (state.now, state.oracle.said[at].id.clone());
    if state.oracle.names.is_news(&talk.key(), now) {
        return;
    }
    if state.remotes.graph.act(Act::Remove(Target { id: id.clone() }), now).is_ok() {
        state.note(format_args!("customer removes c{at}"));
        state.oracle.said.iter_mut().filter(|said| said.id == id).for_each(|said| said.removed = true);
    }
}

/// A reaction, a colleague's answer in the platform's own app, or something that no connector understands.
fn other(state: &mut State, talk: Talk, all_accounts: bool) {
    match state.draws.below(3) {
        0 => react(state, talk),
        1 => answer_there(state, talk),
        _ => riddle(state, talk, all_accounts),
    }
}

fn react(state: &mut State, talk: Talk) {
    if talk.is_on_x() {
        return;
    }
    let Some(at) = own_message(state, talk) else { return };
    let (now, on) = (state.now, state.oracle.said[at].id.clone());
    // The message may be gone; then nobody reacts.
    let _ = state.remotes.graph.act(Act::React(Reaction { on, ..Reaction::default() }), now);
}

fn answer_there(state: &mut State, talk: Talk) {
    if talk.is_on_x() {
        return on_x::answer_there(state, talk);
    }
    let Some(at) = own_message(state, talk) else { return };
    let (now, number) = (state.now, state.oracle.elsewhere.len());
    let text = sentence('k', number, 1);
    let (page, person) = (talk.page.to_owned(), state.oracle.names.person(&talk));
    let act = match talk.place {
        Place::Comments(_) => Act::Comment(NewComment {
            on: state.oracle.said[at].id.clone(),
            text: Some(text),
            ..NewComment::default()
        }),
        Place::InstagramComments(_) => Act::InstagramComment(InstagramComment {
            on: state.oracle.said[at].id.clone(),
            text: Some(text),
            ..InstagramComment::default()
        }),
        Place::InstagramMessages => Act::InstagramNative(InstagramNative { account: page, person, text }),
        Place::Messenger => {
            Act::PageMessage(PageMessage { page, person, text: Some(text), ..PageMessage::default() })
        }
        Place::WhatsApp => Act::WhatsappNative(WhatsAppNative { number: page, person, text }),
        Place::XAnswers(_) | Place::XMessages => return,
    };
    if state.remotes.graph.act(act, now).is_ok() {
        state.note(format_args!("a colleague answers {} there: k{number}", talk.key()));
        let answer = Elsewhere::of(&talk, &state.oracle.names);
        state.oracle.elsewhere.push(answer);
    }
}

fn riddle(state: &mut State, talk: Talk, all_accounts: bool) {
    let now = state.now;
    let number = state.oracle.riddles.len();
    let value = json!({"item": "hologram", "verb": "add", "message": sentence('q', number, 1)});
    let update = RawUpdate::Change { field: "feed".to_owned(), value };
    // Raw updates come through a page's door.
    let page = if talk.page.starts_with("100") { talk.page } else { "1001" };
    if page != talk.page && !all_accounts {
        return;
    }
    if state.remotes.graph.act(Act::Raw(Raw { page: page.to_owned(), update }), now).is_ok() {
        state.note(format_args!("something nobody understands: q{number}"));
        state.oracle.riddles.push(Riddle::default());
    }
}
