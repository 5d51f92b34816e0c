//! Instagram: posts with comments, mentions by others, direct messages. It shares tokens, faults, budgets and the outbox with
//! the rest of the Graph API.

mod act;
mod comments;
mod direct;
mod mentions;
mod perform;
mod perform_direct;
mod send;
mod state;
mod token;
mod view;
mod webhook;

use serde_json::{Value, json};

pub use act::{
    InstagramComment, InstagramMention, InstagramMessage, InstagramNative, InstagramParty, InstagramPostback,
};
pub(super) use perform_direct::is_instagram_mid;
pub(super) use state::Account;
pub use state::{InstagramPerson, InstagramPost, InstagramSeed};

use super::error::GraphError;
use super::read::{asked, show, unknown_field};
use super::route::Call;
use super::state::Graph;

/// The webhook fields that an app is subscribed to from the start.
const FIELDS: [&str; 6] =
    ["comments", "live_comments", "mentions", "messages", "message_reactions", "messaging_postbacks"];

impl Graph {
    /// Answers a call that is about an Instagram account, or anything of one.
    pub(super) fn instagram(&mut self, call: &Call) -> Option<Result<Value, GraphError>> {
        let id = call.path.first()?;
        let account = self.account_of(call, id)?;
        Some(self.admit_account(call, &account).and_then(|()| self.instagram_call(call, &account)))
    }

    fn instagram_call(&mut self, call: &Call, account: &str) -> Result<Value, GraphError> {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let is_sender = |id: &str| self.accounts.get(account).is_some_and(|one| one.sender() == id);
        match (call.method.as_str(), path.as_slice()) {
            ("GET", [id]) if *id == account => self.read_account(call, account),
            ("POST", [id, "mentions"]) if *id == account => self.answer_mention(call, account),
            ("POST", [id, "messages"]) if is_sender(id) => self.send_direct(call, account),
            ("GET", [id, "conversations"]) if is_sender(id) => self.direct_threads(call, account),
            ("GET", [id, "subscribed_apps"]) if is_sender(id) => {
                Ok(json!({"data": [{"id": "9001", "name": "Deskbridge", "subscribed_fields": FIELDS}]}))
            }
            ("GET", [thread, "messages"]) => self.direct_messages(call, account, thread),
            ("GET", [media, "comments"]) => self.comments_of_media(call, account, media),
            ("GET", [comment, "replies"]) => self.replies(call, account, comment),
            ("POST", [comment, "replies"]) => self.answer_comment(call, account, comment),
            ("GET", [id]) => self.read_instagram(call, account, id),
            ("POST", [id]) => self.change_comment(call, account, id),
            ("DELETE", [id]) => self.remove_comment(call, account, id),
            _ => Err(GraphError::unknown_path(&format!("/{}", path.join("/")))),
        }
    }

    /// The account that an id in a path belongs to. People are known to the accounts of the caller only.
    pub(super) fn account_of(&self, call: &Call, id: &str) -> Option<String> {
        let direct = self.accounts.iter().find(|(own, account)| *own == id || account.holds(id));
        let of_caller = || {
            call.pages()
                .iter()
                .find(|page| self.accounts.get(*page).is_some_and(|one| one.people.contains_key(id)))
        };
        direct.map(|(own, _)| own).or_else(of_caller).cloned()
    }

    /// Whether the caller's token is for this account and lives.
    fn admit_account(&self, call: &Call, id: &str) -> Result<(), GraphError> {
        let account = self.accounts.get(id).ok_or_else(|| call.gone(id))?;
        if !call.pages().iter().any(|own| own == id) {
            return Err(GraphError::new(10, "(#10) Application does not have permission for this action"));
        }
        account.token.error().map_or(Ok(()), Err)
    }

    /// `GET /{account}`. `user_id` exists with Instagram Login only, mentions with Facebook Login only.
    fn read_account(&self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let account = self.accounts.get(id).ok_or_else(|| call.gone(id))?;
        let by_facebook = account.seed.page.is_some();
        show(id, &asked(call, "id,username")?, |field| {
            Ok(Some(match field.name.as_str() {
                "username" | "name" => account.seed.username.as_str().into(),
                "user_id" if !by_facebook => id.into(),
                "mentioned_comment" if by_facebook => return self.mentioned_comment(call, account, field),
                "mentioned_media" if by_facebook => return self.mentioned_media(call, account, field),
                _ => return Err(unknown_field(field, "IGUser")),
            }))
        })
    }

    /// `GET /{post, comment, message or person}`.
    fn read_instagram(&self, call: &Call, account: &str, id: &str) -> Result<Value, GraphError> {
        let account = self.accounts.get(account).ok_or_else(|| call.gone(id))?;
        if account.comments.contains_key(id) {
            return self.read_comment(call, account, id);
        }
        if account.posts.contains_key(id) {
            return account.read_post(call, id);
        }
        if account.mids.contains_key(id) {
            return account.read_direct(call, id);
        }
        account.read_person(call, id)
    }
}
