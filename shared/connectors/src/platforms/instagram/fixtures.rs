//! Sample webhooks, as Meta sends them; composed by us, with invented ids.

use crate::Fixture;

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        &[$(Fixture { name: $name, body: include_bytes!(concat!("fixtures/", $name)) }),*]
    };
}

pub(super) static FIXTURES: &[Fixture] = fixtures![
    "comment.json",
    "comment_bare_field.json",
    "comment_named_otherwise.json",
    "comment_nameless.json",
    "comment_number_ids.json",
    "comment_on_ad.json",
    "comment_on_ad_untitled.json",
    "comment_on_reel.json",
    "comment_reply.json",
    "comment_silent.json",
    "comment_without_media.json",
    "dm_attachments.json",
    "dm_echo.json",
    "dm_echo_photo.json",
    "dm_edit.json",
    "dm_ephemeral.json",
    "dm_from_ad.json",
    "dm_handover.json",
    "dm_in_bare_field.json",
    "dm_in_changes.json",
    "dm_optin.json",
    "dm_postback.json",
    "dm_quick_reply.json",
    "dm_reaction.json",
    "dm_referral.json",
    "dm_reply_to.json",
    "dm_seen.json",
    "dm_shares.json",
    "dm_standby.json",
    "dm_story_mention.json",
    "dm_story_reply.json",
    "dm_story_reply_over.json",
    "dm_text.json",
    "dm_to_itself.json",
    "dm_unknown.json",
    "dm_unsend.json",
    "dm_unsupported.json",
    "live_comment.json",
    "mention_empty.json",
    "mention_in_caption.json",
    "mention_in_comment.json",
    "own_comment.json",
    "own_reply.json",
    "own_reply_addressed.json",
    "own_reply_marked.json",
    "several.json",
    "story_insights.json",
    "unknown_field.json",
];
