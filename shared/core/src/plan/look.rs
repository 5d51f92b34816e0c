//! A look at a reply before it goes out, as the account wants it.

use super::Planner;
use crate::effect::ReplyForm;
use crate::model::{AgentReply, Surface};
use crate::outgoing::Outgoing;
use crate::style::Preflight;
use crate::text::preflight::{self, Caution, Look};

impl Planner<'_> {
    /// What is found in a reply. Of a template nothing is looked at: the platform has approved its words.
    pub(super) fn cautions(&self, out: &Outgoing, privately: bool, reply: &AgentReply) -> Vec<Caution> {
        let style = &self.policy.style;
        let surface = match out.said.form {
            ReplyForm::Template(_) => return Vec::new(),
            ReplyForm::Private => Surface::Direct,
            ReplyForm::Text | ReplyForm::File(_) if privately => Surface::Direct,
            ReplyForm::Text | ReplyForm::File(_) => self.surface,
        };
        if style.preflight == Preflight::Off {
            return Vec::new();
        }
        let look = Look {
            surface,
            order_numbers: &style.order_numbers,
            links_cost: self.policy.links_cost,
            parts: out.pieces.len(),
        };
        let mut found = preflight::cautions(&out.said.text, &look);
        found.extend(preflight::shape(&reply.html, !reply.attachments.is_empty()));
        found
    }

    /// Whether a reply waits for the agent's word. A command is that word.
    pub(super) fn is_held(&self, cautions: &[Caution], reply: &AgentReply) -> bool {
        let personal = cautions.iter().any(|caution| caution.is_personal());
        self.policy.style.preflight == Preflight::Hold && personal && !reply.private
    }
}
