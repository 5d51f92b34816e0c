//! The words for what a look at a reply found.

use crate::command::Verb;
use crate::policy::Policy;
use crate::text::preflight::Caution;

/// A note about a reply that goes out all the same.
pub(super) fn cautioned(cautions: &[Caution], parts: u32, policy: &Policy) -> String {
    format!(
        "PLEASE LOOK: this reply goes to {} as it is. {}",
        policy.platform_title,
        listed(cautions, parts, policy)
    )
}

/// A note about a reply that was held.
pub(super) fn held(cautions: &[Caution], policy: &Policy) -> String {
    let public = if policy.verbs.contains(&Verb::Public) { ", or /public and another text," } else { "" };
    format!(
        "HELD BACK: this reply was not published on {}. {}\n\nIf it is to go out all the same, write /resend in a private \
         note{public} or write another public reply.",
        policy.platform_title,
        listed(cautions, 0, policy)
    )
}

fn listed(cautions: &[Caution], parts: u32, policy: &Policy) -> String {
    let sentences: Vec<String> = cautions.iter().map(|caution| sentence(*caution, parts, policy)).collect();
    sentences.join(" ")
}

fn sentence(caution: Caution, parts: u32, policy: &Policy) -> String {
    let platform = policy.platform_title;
    match caution {
        Caution::Card => "It seems to hold the number of a payment card.".to_owned(),
        Caution::Iban => "Everybody could read the bank account in it.".to_owned(),
        Caution::Phone => "Everybody could read the phone number in it.".to_owned(),
        Caution::Email => "Everybody could read the e-mail address in it.".to_owned(),
        Caution::OrderNumber => "Everybody could read the order number in it.".to_owned(),
        Caution::Asked => {
            "It asks the customer for something that everybody could read if they answer in public."
                .to_owned()
        }
        Caution::Table => format!("{platform} shows no tables: each row becomes a line of text."),
        Caution::Image => "A picture in the text is not carried; put a link to it into the reply.".to_owned(),
        Caution::Link => format!("{platform} charges more for a public reply with a link in it."),
        Caution::Parts if parts > 1 => format!("It is long and goes out in {parts} parts."),
        Caution::Parts => "It is long and would go out in several parts.".to_owned(),
    }
}
