//! A glance at what pages wrote, for tests with so many comments that the whole overview would be too much.

use super::state::{Author, Graph};
use crate::Millis;

impl Graph {
    /// All comments and Messenger messages of pages, and when they were written (comments: to the second).
    pub fn written_by_pages(&self) -> impl Iterator<Item = (&str, Millis)> {
        let comments = self.nodes.values().filter(|node| node.author == Author::Page && !node.is_post());
        let messages =
            self.threads.values().flat_map(|thread| &thread.messages).filter(|message| message.from_page);
        let comments = comments.map(|node| (node.text.as_str(), node.created * 1_000));
        comments.chain(messages.map(|message| (message.text.as_str(), message.at)))
    }
}
