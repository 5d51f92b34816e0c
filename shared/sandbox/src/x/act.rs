//! What people, and the account in the app, can do: the customer's side of the sandbox.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing somebody does. Over HTTP: `POST /_sandbox/act` with the same names, `do` telling which.
///
/// A person is named by id; an unknown one is made up on the spot. Left out, the account itself acts, in the app.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Act {
    /// A post, perhaps in answer to another (`on`) or quoting one (`quotes`).
    Post(NewPost),
    /// A repost without words.
    Repost(Target),
    /// New words for a post: it becomes a new post that knows the first version.
    Edit(Target),
    /// A post is deleted.
    Delete(Target),
    /// A like.
    Like(Target),
    /// A direct message.
    Message(NewDirect),
    /// An encrypted message: nobody but the two can read it.
    Encrypted(NewDirect),
    /// The other one is typing.
    Typing(NewDirect),
    /// A signed webhook of any shape, for what the stand-in does not know.
    Raw {
        /// The account whose door gets it; `None`: the first.
        #[serde(default)]
        account: Option<String>,
        /// The body.
        body: Value,
    },
}

/// A post.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// Who posts; `None`: the account.
    #[serde(default)]
    pub person: Option<String>,
    /// The account that posts if nobody else does; `None`: the first.
    #[serde(default)]
    pub account: Option<String>,
    /// The person's name, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The text. Names in it (`@acme`) are mentions.
    #[serde(default)]
    pub text: String,
    /// The post that it answers.
    #[serde(default)]
    pub on: Option<String>,
    /// The post that it quotes.
    #[serde(default)]
    pub quotes: Option<String>,
    /// A photo's URL.
    #[serde(default)]
    pub photo: Option<String>,
    /// A video's URL.
    #[serde(default)]
    pub video: Option<String>,
}

/// Something done to a post.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The post.
    pub id: String,
    /// Who does it; `None`: whoever wrote the post.
    #[serde(default)]
    pub person: Option<String>,
    /// The new words of an edit.
    #[serde(default)]
    pub text: Option<String>,
}

/// A direct message between a person and an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDirect {
    /// The person.
    pub person: String,
    /// The person's name, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The account; `None`: the first.
    #[serde(default)]
    pub account: Option<String>,
    /// The text.
    #[serde(default)]
    pub text: String,
    /// A photo's URL.
    #[serde(default)]
    pub photo: Option<String>,
    /// Whether the account wrote it, in the app.
    #[serde(default)]
    pub by_account: bool,
}
