//! Mentions that webhooks may not have told: read from the list of them, and told as webhooks would have.

use deskbridge_core::Moment;
use deskbridge_core::model::{Event, What};
use serde::Deserialize;

use super::api::{Answered, Halt, Replay};
use super::inbound::Us;
use super::people::People;
use super::post::Reader;
use super::present_post::{Includes, PresentPost};
use super::wire::several;

/// X lists no more than the newest 800 mentions.
const PAGES: usize = 8;

/// Only what is needed: X bills what it gives. Whether a list knows `display_text_range` is not documented.
const FIELDS: &str = "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,\
                      in_reply_to_user_id,note_tweet,referenced_tweets";

/// Posts that can be read; others are left out.
#[derive(Deserialize)]
#[serde(transparent)]
struct Posts(#[serde(deserialize_with = "several")] Vec<PresentPost>);

/// What customers wrote to us in public since that moment, oldest first.
pub(super) fn missed(replay: &mut Replay<'_>, us: &Us, since: Moment) -> Result<Vec<Event>, Halt> {
    let user = replay.api.user.clone();
    let start = jiff::Timestamp::from_second(since.seconds()).unwrap_or_default().to_string();
    let query = [
        ("max_results", "100"),
        ("start_time", start.as_str()),
        ("tweet.fields", FIELDS),
        ("expansions", "author_id"),
        ("user.fields", "name,username"),
    ];
    let mut events = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let mut query = query.to_vec();
        query.extend(after.as_deref().map(|token| ("pagination_token", token)));
        let page = replay.get::<Posts>(&["users", &user, "mentions"], &query)?;
        let Answered { data, includes, meta, .. } = page;
        let mut people = People::default();
        includes.into_iter().flat_map(|one| one.users).for_each(|one| people.add(one));
        events.extend(data.into_iter().flat_map(|posts| posts.0).filter_map(|post| told(post, us, &people)));
        after = meta.and_then(|meta| meta.next_token);
        if after.is_none() {
            break;
        }
    }
    events.reverse();
    Ok(events)
}

/// The post as the webhook would have told it, if it is a customer's.
fn told(post: PresentPost, us: &Us, people: &People<'_>) -> Option<Event> {
    let owner = us.user.as_str();
    let post = post.read(&Includes::default(), owner)?;
    let answers_any_post = us.answers_any_post;
    let event = post.event(&Reader { owner, answers_any_post, people, told_as_mention: false });
    matches!(event.what, What::Message(_) | What::Edited(_)).then_some(event)
}
