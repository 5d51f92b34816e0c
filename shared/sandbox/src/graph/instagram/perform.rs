//! Carrying out acts in public: comments and mentions.

use super::act::{InstagramComment, InstagramMention};
use super::state::{Follower, Post};
use crate::Millis;
use crate::graph::control::{NotPossible, no_such};
use crate::graph::publish::tidy;
use crate::graph::state::Graph;

impl Graph {
    pub(in crate::graph) fn instagram_comment(
        &mut self,
        new: InstagramComment,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let (account, post, on) = self.place_of(&new.on)?;
        let person = new.person.filter(|person| *person != account);
        if let Some(person) = &person {
            self.meet_follower(&account, person, new.name.as_deref());
        }
        if let (Some(product), Some(of)) = (new.product, self.accounts.get_mut(&account))
            && let Some(post) = of.posts.get_mut(&post)
        {
            post.product = product;
        }
        let text = tidy(&new.text.unwrap_or_default());
        let id = self.file_comment(&account, (&post, on.as_deref()), person, text, now);
        self.tell_comment(&account, &id, now);
        Ok(id)
    }

    /// A mention in a caption, or in a comment under the person's own post.
    pub(in crate::graph) fn instagram_mention(
        &mut self,
        new: InstagramMention,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let account = self.accounts.get(&new.account).ok_or_else(|| no_such("account", &new.account))?;
        if account.seed.page.is_none() {
            return Err(NotPossible("mentions are told to accounts with Facebook Login only".to_owned()));
        }
        if !new.text.contains(&format!("@{}", account.seed.username)) {
            return Err(NotPossible(format!("the text must name @{}", account.seed.username)));
        }
        self.meet_follower(&new.account, &new.person, new.name.as_deref());
        let media = format!("18{}", self.number());
        let text = tidy(&new.text);
        let caption = if new.in_comment { String::new() } else { text.clone() };
        let post = Post { caption, owner: Some(new.person.clone()), product: "FEED".to_owned() };
        if let Some(account) = self.accounts.get_mut(&new.account) {
            account.posts.insert(media.clone(), post);
        }
        let author = Some(new.person);
        let comment =
            new.in_comment.then(|| self.file_comment(&new.account, (&media, None), author, text, now));
        self.tell_account_mention(&new.account, &media, comment.as_deref(), now);
        Ok(comment.unwrap_or(media))
    }

    /// The account and post of a post or comment, and the comment itself.
    fn place_of(&self, on: &str) -> Result<(String, String, Option<String>), NotPossible> {
        let found = self.accounts.iter().find_map(|(id, account)| {
            let place = match account.live(on) {
                Some(comment) => (comment.post.clone(), Some(on.to_owned())),
                None => (account.posts.contains_key(on).then(|| on.to_owned())?, None),
            };
            Some((id.clone(), place.0, place.1))
        });
        found.ok_or_else(|| no_such("post or comment", on))
    }

    /// Makes sure of a person, meeting them if they are new.
    pub(super) fn meet_follower(&mut self, account: &str, person: &str, name: Option<&str>) {
        let Some(account) = self.accounts.get_mut(account) else { return };
        account.people.entry(person.to_owned()).or_insert_with(|| {
            let username = name.map_or_else(|| format!("person_{person}"), str::to_owned);
            Follower { name: username.clone(), username, blocks: false, unreadable: false }
        });
    }
}
