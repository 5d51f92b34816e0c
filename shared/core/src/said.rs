//! What an agent's comment asks to be published, and how.

use crate::command::{self, Command, Template, Verb};
use crate::effect::ReplyForm;
use crate::model::AgentReply;
use crate::plan::ticket_in;
use crate::policy::Policy;
use crate::text::{self, Markup};

/// What an agent wants published.
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) form: ReplyForm,
    /// Whether the agent wants it in public, wherever the customer wrote last.
    pub(crate) in_public: bool,
    /// The agent's name.
    agent: Option<String>,
}

impl Said {
    /// The pieces in which it is published.
    pub(crate) fn pieces(&self, policy: &Policy, privately: bool) -> Vec<String> {
        let agent = self.agent.as_deref();
        match self.form {
            ReplyForm::Template(_) => vec![self.text.clone()],
            _ if privately => policy.private().pieces(&self.text, agent),
            // There is one such reply, so it is not split; the public words about it follow.
            ReplyForm::Private if !self.text.trim().is_empty() => {
                let text = format!("{}{}", self.text, policy.style.ending(agent, &self.text));
                [text].into_iter().chain(policy.style.private_notice.clone()).collect()
            }
            _ => policy.pieces(&self.text, agent),
        }
    }

    /// What is sent instead of it after the window.
    pub(crate) fn falling_back(self, template: &str) -> Self {
        // A value of a template is one line.
        let reply = self.text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "/");
        let text = template.replace("{reply}", &reply);
        Self { form: ReplyForm::Template(Template::read(&text)), text, ..self }
    }

    /// How that piece is published.
    pub(crate) fn form_of(&self, piece: u32, privately: bool) -> ReplyForm {
        match self.form {
            ReplyForm::Private if privately || piece > 1 => ReplyForm::Text,
            _ => self.form.clone(),
        }
    }
}

/// What of an agent's comment is published, and how; `None` if it is a command that publishes nothing.
pub(crate) fn published(reply: &AgentReply, markup: Markup) -> Option<Said> {
    let plain = text::plain_with(&reply.html, markup);
    let agent = reply.agent.clone();
    if !reply.private {
        return Some(Said { text: plain, form: ReplyForm::Text, in_public: false, agent });
    }
    // Emphasis may stand around the command itself.
    let asked = command::read(&plain).or_else(|| command::read(&text::plain(&reply.html)));
    let Command { verb, rest } = asked.flatten()?;
    let form = match verb {
        Verb::Template => ReplyForm::Template(Template::read(&rest)),
        Verb::Private => ReplyForm::Private,
        Verb::Public | Verb::Edit => ReplyForm::Text,
        // What is sent again is the earlier reply, as it is.
        Verb::Retry | Verb::Resend => {
            let earlier = reply.earlier.as_deref().filter(|earlier| !asks_again(earlier))?;
            return published(earlier, markup);
        }
        _ => return None,
    };
    let in_public = verb == Verb::Public;
    Some(Said { text: rest, form, in_public, agent })
}

/// Whether it is a command to send an earlier reply again.
#[must_use]
pub fn asks_again(reply: &AgentReply) -> bool {
    let asked = || command::read(&text::plain(&reply.html)).flatten();
    reply.private && asked().is_some_and(|asked| matches!(asked.verb, Verb::Retry | Verb::Resend))
}

/// The ticket that a `/link` command names.
#[must_use]
pub fn ticket_to_link(reply: &AgentReply) -> Option<String> {
    let asked = command::read(&text::plain(&reply.html)).flatten().filter(|_| reply.private)?;
    if asked.verb == Verb::Link { ticket_in(&asked.rest).map(str::to_owned) } else { None }
}
