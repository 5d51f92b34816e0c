//! Was a reply, whose answer never came, published? Found by account, text and time.

use deskbridge_core::effect::{Change, Effect, NewReply, Reason, Receipt, Refusal};
use deskbridge_core::model::Surface;

use super::mention::Mention;
use super::target::Target;
use super::{Instagram, address};
use crate::http::Exchange;
use crate::meta::graph::{Halt, List, Replay, next};
use crate::meta::scan::{self, Row, Wanted};
use crate::{Found, Next, Trouble};

/// How replies are asked for.
const REPLIES: [(&str, &str); 2] = [("fields", "id,from,user,text,timestamp"), ("limit", "50")];

/// Finds out whether an uncertain reply was published.
pub(super) fn lookup(account: &Instagram, effect: &Effect, exchanges: &[Exchange]) -> Next<Found> {
    let Change::PostReply(reply) = &effect.change else {
        let refusal = Refusal::new(Reason::Invalid, "not a platform's effect");
        return Next::Settled(Found::CannotTell(Trouble::Refused(refusal)));
    };
    let mut replay = Replay::new(&account.graph, exchanges);
    let found = match reply.surface {
        Surface::Public => among_replies(&mut replay, account, effect, reply),
        Surface::Direct => among_messages(&mut replay, account, effect, reply),
    };
    next(found, |found| match found {
        Ok(Some(id)) => Found::Yes(Receipt::of(id)),
        Ok(None) => Found::No,
        Err(trouble) => Found::CannotTell(trouble),
    })
}

/// Under the top-level comment. What stands under posts of others, where mentions are answered, nobody lists for us.
fn among_replies(
    replay: &mut Replay<'_>,
    account: &Instagram,
    effect: &Effect,
    reply: &NewReply,
) -> Result<Option<String>, Halt> {
    if Mention::parse(&reply.answers).is_some() {
        return Err(Halt::refused(Reason::Invalid, "answers to mentions are not listed"));
    }
    let own = |row: &Row| row.is_by(&account.graph.account) || row.is_marked_own();
    let wanted = Wanted::of(effect, reply, own).or_without(address::bare);
    let target = Target::read(replay, &reply.answers)?;
    let path = [target.top(&reply.answers), "replies"];
    let first: List<Row> = replay.get(&path, &REPLIES)?;
    wanted.through(replay, first, &path, &REPLIES)
}

/// In the thread with the customer: there are two people in it, so what is not theirs is ours. By which id the API names us
/// differs between the logins.
fn among_messages(
    replay: &mut Replay<'_>,
    account: &Instagram,
    effect: &Effect,
    reply: &NewReply,
) -> Result<Option<String>, Halt> {
    let wanted = Wanted::of(effect, reply, |row: &Row| row.from.is_some() && !row.is_by(&reply.customer));
    let (_, messages) = scan::conversation(replay, &account.sender, "instagram", &reply.customer)?;
    wanted.among_newest(&messages, scan::MESSAGES)
}
