//! What the account may publish: the summoned rule, length, repetition, and whom it may write to.

use super::problem::Problem;
use super::render;
use super::state::{Post, X};
use crate::Millis;

/// X remembers texts for a while; how long is not told.
const REMEMBERS: Millis = 24 * 3_600 * 1_000;

impl X {
    /// Whether the account may answer this post.
    pub(super) fn may_answer(&self, account: &str, target: &Post) -> Result<(), Problem> {
        let own = |id: Option<u64>| {
            id.and_then(|id| self.posts.get(&id)).is_some_and(|post| post.author == account)
        };
        let summoned = self.enterprise
            || target.author == account
            || self.mentions(target, account)
            || own(target.quotes)
            || (self.answers_summon && own(target.answers));
        if summoned { Ok(()) } else { Err(Problem::not_summoned()) }
    }

    /// Whether the author's own words name the account.
    pub(super) fn mentions(&self, post: &Post, account: &str) -> bool {
        let names = post.text.split_whitespace().filter_map(render::name);
        names.filter_map(|name| self.user_named(name)).any(|user| user.id == account)
    }

    /// Whether a text may become a post of the account.
    pub(super) fn may_post(
        &self,
        account: &str,
        text: &str,
        answers: Option<u64>,
        now: Millis,
    ) -> Result<(), Problem> {
        if text.trim().is_empty() {
            return Err(Problem::invalid("text: must not be empty"));
        }
        let long = self.accounts.get(account).is_some_and(|account| account.seed.long_posts);
        if render::weighted_length(text) > if long { 25_000 } else { 280 } {
            return Err(Problem::too_long());
        }
        if text.split_whitespace().filter(|word| is_cashtag(word)).count() > 1 {
            return Err(Problem::forbidden("You are not permitted to perform this action."));
        }
        let same = |post: &Post| {
            post.author == account && !post.deleted && post.answers == answers && post.text == text
        };
        let recent = self.posts.values().rev().take_while(|post| post.at + REMEMBERS > now);
        if recent.into_iter().any(same) { Err(Problem::duplicate()) } else { Ok(()) }
    }

    /// Whether the account may write to a person: who never wrote, or blocks, takes no messages.
    pub(super) fn may_write_to(&self, account: &str, person: &str) -> Result<(), Problem> {
        let wrote =
            self.messages.iter().any(|one| one.account == account && one.person == person && !one.by_account);
        let open = self.users.get(person).is_some_and(|user| !user.blocks);
        if wrote && open { Ok(()) } else { Err(Problem::no_direct_message()) }
    }
}

fn is_cashtag(word: &str) -> bool {
    word.strip_prefix('$')
        .is_some_and(|rest| rest.chars().next().is_some_and(|first| first.is_ascii_alphabetic()))
}
