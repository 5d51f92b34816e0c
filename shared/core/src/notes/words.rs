//! The words of notices: what happened, and what to do next.

use super::cautions::{cautioned, held};
use super::{Cause, FileTrouble, Misasked, Notice, Unredacted, linking};
use crate::command::{ALWAYS, Verb};
use crate::policy::Policy;
use crate::{Moment, text};

impl Notice {
    /// The note's text. `link` leads to the conversation on the platform, if we know one.
    #[must_use]
    pub fn text(&self, policy: &Policy, link: Option<&str>) -> String {
        let platform = policy.platform_title;
        let mut text = self.sentences(policy);
        let shown = self.needs_action() || matches!(self, Self::FilesNotCopied { .. });
        if let (true, Some(link)) = (shown, link) {
            text.push_str(&format!("\n\nThe conversation on {platform}: {link}"));
        }
        text
    }

    /// The note as HTML.
    #[must_use]
    pub fn html(&self, policy: &Policy, link: Option<&str>) -> String {
        text::html::paragraphs(&self.text(policy, link))
    }

    /// What the note says besides if the customer's profile has an e-mail address; of replies that did not arrive.
    #[must_use]
    pub fn mailed(&self) -> Option<String> {
        matches!(self, Self::Refused { .. } | Self::Undelivered { .. }).then(|| {
            "BY E-MAIL: the customer's profile here has an e-mail address. The helpdesk itself mails public replies \
             there, unless its notifications are switched off; the bridge does not see whether they arrive."
                .to_owned()
        })
    }

    fn sentences(&self, policy: &Policy) -> String {
        let platform = policy.platform_title;
        match self {
            Self::Refused { piece, of, cause, code, window_from } => {
                let why = why(*cause, policy, *window_from);
                let code = told(platform, code);
                let sent = match (*piece, *of) {
                    (_, 0 | 1) => String::new(),
                    (1, of) => format!(" None of its {of} parts was published."),
                    (piece, of) => {
                        format!(" Parts 1 to {} of {of} were published, the rest was not.", piece - 1)
                    }
                };
                format!("NOT SENT: this reply was not published on {platform}. {why}{code}{sent}")
            }
            Self::Undelivered { cause, code, window_from } => {
                let why = why(*cause, policy, *window_from);
                let code = told(platform, code);
                format!(
                    "NOT DELIVERED: {platform} had accepted a reply of this ticket, and now reports that it will not \
                     arrive. {why}{code}"
                )
            }
            Self::Help(problem) => help(*problem, policy),
            Self::Story => String::new(),
            Self::Done(verb) => format!("DONE: /{} ({platform} accepted it).", verb.word()),
            Self::NotDone { verb, cause, code } => {
                let why = why(*cause, policy, None);
                format!("NOT DONE: /{}. {why}{}", verb.word(), told(platform, code))
            }
            Self::Unconfirmed { piece, of } => {
                let part = part(*piece, *of);
                let rest = if piece < of { " The parts after it were not sent." } else { "" };
                format!(
                    "COULD NOT CONFIRM: {platform} never answered whether {part} was published, and it could not be \
                     found there. It was not sent again, so that it does not appear twice.{rest}\n\nPlease look at the \
                     conversation. If the reply is missing, write /resend in a private note. If it turns up later, a note will say so."
                )
            }
            Self::Confirmed { piece, of } => {
                let part = part(*piece, *of);
                format!("CONFIRMED: {part} was published on {platform} after all. Nothing needs to be done.")
            }
            Self::NothingToSend => format!(
                "NOT SENT: nothing was left of this reply after the signature and quoted text were taken off, so \
                 nothing was published on {platform}. To answer, write the text in a public reply."
            ),
            Self::Placeholder => format!(
                "HELD BACK: this reply still contains a placeholder in double braces, so it was not published on \
                 {platform}. Fill it in and send the reply again."
            ),
            Self::FilesNotSent(count) => {
                let files = if *count == 1 { "A file".to_owned() } else { format!("{count} files") };
                format!(
                    "NOT SENT: {files} of this reply could not be carried to {platform}; its text, if it had any, is \
                     sent on its own. To share a file, put a link to it in a public reply."
                )
            }
            Self::FilesNotCopied { count, trouble, code } => {
                let files = counted(*count, "file");
                let why = why_not_carried(*trouble);
                format!(
                    "NOT COPIED: {files} of the customer's message could not be copied into this ticket. {why}{} Where \
                     the message shows a link, it may still work for a while; look at it soon.",
                    told("", code)
                )
            }
            Self::FilesHeldBack { count, trouble, code } => {
                let files = counted(*count, "file");
                let why = why_not_carried(*trouble);
                format!(
                    "NOT SENT: {files} of this reply did not go to {platform}; its text, if it had any, is sent on its \
                     own. {why}{} To share it, send it another way, or put a link to it in a public reply.",
                    told("", code)
                )
            }
            Self::Linked(former) => linking::linked(former, platform),
            Self::GoesOn { there, .. } => linking::goes_on(there, platform),
            Self::NotLinked { ticket, why, code } => linking::not_linked(ticket, *why, code),
            Self::TagTaken(verb) => {
                format!(
                    "The tag {} was dealt with and is taken off; set it again whenever you like.",
                    verb.tag()
                )
            }
            Self::Unlinked => linking::unlinked(platform),
            Self::Cautioned { cautions, parts } => cautioned(cautions, *parts, policy),
            Self::Held { cautions } => held(cautions, policy),
            Self::NotRedacted { cause, code } => {
                let why = why_unredacted(*cause);
                let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
                format!(
                    "NOT REDACTED: the customer removed a message on {platform}, and it could not be redacted here. \
                     {why}{code}\n\nPlease look for it in this ticket and in those it continues, and remove it by hand."
                )
            }
            Self::WindowCloses(reply_by) => format!(
                "ANSWER BY {reply_by}: {platform} takes no ordinary reply after that ({}), and the customer's last message \
                 has no answer yet.{}",
                policy.reply_window,
                after_window(policy)
            ),
            Self::FellBack { window_from } => {
                let closed = closed(policy, *window_from);
                format!(
                    "TEMPLATE SENT INSTEAD: this reply came after {platform}'s reply window.{closed} The template that the \
                     account keeps for that was sent in its place, and the reply itself was not. When the customer answers \
                     the template, the window opens anew: write the reply again then."
                )
            }
            Self::SentLate { window_from } => sent_late(policy, *window_from),
            Self::TicketDeleted(former) => format!(
                "This conversation was in ticket #{former}, which was deleted. The customer wrote again, so it goes on \
                 here."
            ),
            Self::TicketMerged(former) => format!(
                "Ticket #{former} was merged into this one; the customer's messages go on here. Public replies in this \
                 ticket go to the {platform} conversation that this ticket stands for."
            ),
        }
    }
}

fn counted(count: u32, what: &str) -> String {
    if count == 1 { format!("A {what}") } else { format!("{count} {what}s") }
}

fn why_not_carried(trouble: FileTrouble) -> &'static str {
    match trouble {
        FileTrouble::Gone => "It is not to be had there any more.",
        FileTrouble::TooLarge => "It is too large.",
        FileTrouble::Type => "Its type is not taken, or it is not what its name says.",
        FileTrouble::Unsafe => "The helpdesk holds it back, for instance because its scanner found malware.",
        FileTrouble::Surface => "No files can be sent in this conversation.",
        FileTrouble::GaveUp => "It could not be carried over for too long.",
        FileTrouble::Refused => "The other side did not take it.",
        FileTrouble::TooMany => "There are more files than are carried over at once.",
        FileTrouble::Lost => "The bridge lost sight of the message that it came with.",
    }
}

fn part(piece: u32, of: u32) -> String {
    if of <= 1 { "this reply".to_owned() } else { format!("part {piece} of {of} of this reply") }
}

/// What is wrong, and what is possible here and now.
fn help(problem: Option<Misasked>, policy: &Policy) -> String {
    let head = match problem {
        None => "",
        Some(Misasked::Unknown) => "There is no such command, so nothing was done.\n\n",
        Some(Misasked::Impossible) => "That is not possible in this conversation, so nothing was done.\n\n",
        Some(Misasked::InPublic) => {
            "HELD BACK: what was to be published begins with a command, so it was not published. Commands belong in a \
             private note of their own; if these words are meant for the customer, begin with another word.\n\n"
        }
        Some(Misasked::NothingUnsent) => {
            return "NOTHING TO SEND AGAIN: no reply is held, refused or in doubt here, and whatever waited has been tried."
                .to_owned();
        }
        Some(Misasked::UnderWay) => return "It is being sent again already.".to_owned(),
        Some(Misasked::Unfit) => {
            return "NOT SENT: the last reply cannot go out as it is. Write it anew as a public reply."
                .to_owned();
        }
        Some(Misasked::Held) => {
            return "NOT SENT: the last reply was held back for what is in it. If it is to go out all the same, write /resend."
                .to_owned();
        }
        Some(Misasked::Vanished) => {
            return "NOT SENT: the last reply cannot be read any more, or there is nothing to answer. Write it anew as a \
                    public reply."
                .to_owned();
        }
        Some(Misasked::OtherAccount) => {
            return format!(
                "NOT POSSIBLE: on {} only the account that a message came to can answer it by a program, so nothing was sent. \
                 Answer here as usual, or write from the other account in its own app.",
                policy.platform_title
            );
        }
        Some(Misasked::Empty) => "The text behind the command is missing, so nothing was done.\n\n",
    };
    let usages: Vec<String> = ALWAYS.iter().chain(policy.verbs).map(|verb| verb.usage()).collect();
    format!("{head}What you can ask for here, in a private note:\n{}", usages.join("\n"))
}

/// The platform's own code, in brackets.
fn told(platform: &str, code: &str) -> String {
    match (code, platform) {
        ("", _) => String::new(),
        (code, "") => format!(" ({code})"),
        (code, platform) => format!(" ({platform} says: {code})"),
    }
}

fn why_unredacted(cause: Unredacted) -> &'static str {
    match cause {
        Unredacted::Right => {
            "The bridge's user lacks the right. If whoever runs the bridge grants it, the next one goes by itself."
        }
        Unredacted::Unclear => {
            "It cannot be told for certain where it stands, so nothing was redacted by guess."
        }
        Unredacted::Refused => "The helpdesk did not do it.",
        Unredacted::GaveUp => "The helpdesk could not be reached for too long.",
    }
}

/// When the customer last wrote, and when the window closed.
fn closed(policy: &Policy, window_from: Option<Moment>) -> String {
    window_from.map_or_else(String::new, |from| {
        let closed =
            policy.reply_window_length.map(|length| format!(", so it closed on {}", from.plus(length)));
        format!(" The customer last wrote on {from}{}.", closed.unwrap_or_default())
    })
}

fn sent_late(policy: &Policy, window_from: Option<Moment>) -> String {
    let platform = policy.platform_title;
    let policy = if policy.reply_window.is_empty() { policy.private() } else { policy };
    let (since, until) = window_from.map_or_else(Default::default, |from| {
        let until = policy.reply_window_length.map(|length| format!(" until {}", from.plus(length)));
        (format!(", for the customer last wrote on {from}"), until.unwrap_or_default())
    });
    format!(
        "SENT LATE: it is too late for an ordinary reply{since}. This one went out by {platform}'s exception for answers \
         that a person writes ({}). Further replies do the same{until}; {platform} allows no advertising in them.",
        policy.reply_window
    )
}

/// What is possible once the window is closed.
fn after_window(policy: &Policy) -> &'static str {
    if policy.fallback_template.is_some() {
        " A reply that comes later is replaced by the account's template."
    } else if policy.verbs.contains(&Verb::Template) {
        " Later only an approved template can be sent: write /template in a private note to see which there are."
    } else {
        ""
    }
}

fn why(cause: Cause, policy: &Policy, window_from: Option<Moment>) -> String {
    let platform = policy.platform_title;
    match cause {
        Cause::Gone => {
            "The message that it answers, or its post, was removed or is not visible any more. If the customer wrote \
             elsewhere in this ticket, answer there; otherwise there is nothing left to answer."
                .to_owned()
        }
        Cause::Window => {
            // Of a public conversation's private side.
            let policy = if policy.reply_window.is_empty() { policy.private() } else { policy };
            format!(
                "{platform}'s reply window is closed: {}.{} {}Reach the customer another way, or wait until they \
                 write again.",
                policy.reply_window,
                closed(policy, window_from),
                if policy.verbs.contains(&Verb::Template) {
                    "Send an approved template: write /template in a private note to see which there are. "
                } else {
                    ""
                }
            )
        }
        Cause::Blocked => {
            "The customer does not accept messages from us at the moment. Reach them another way.".to_owned()
        }
        Cause::ByHand => format!(
            "{platform} does not let a program answer this message, only a person. Answer it in {platform} itself; the \
             customer's messages in this ticket link there.{}",
            if policy.verbs.contains(&Verb::Private) {
                " Or write /private and the text in a private note: it goes to the customer as a direct message."
            } else {
                ""
            }
        ),
        Cause::Content => format!(
            "{platform} did not accept the content. Change the text (links, repeated text and forbidden words are the \
             usual reasons) and send it again."
        ),
        Cause::Duplicate => format!(
            "{platform} takes it for a repetition of something already published. Check the conversation; if it is \
             missing there, change the text a little and send it again."
        ),
        Cause::Invalid => format!(
            "{platform} did not accept the request. If this happens again, tell whoever runs the bridge, with the code."
        ),
        Cause::GaveUp => {
            format!("{platform} could not be reached for too long. Send it again when the bridge reports that it works.")
        }
        Cause::Template => {
            "The template cannot be sent as it was asked for. Correct the command and write it again.".to_owned()
        }
        Cause::Spent => format!(
            "{platform} takes one private reply to a message, and this one has it. Once the customer answers it, public replies in \
             this ticket go to them privately, too; until then, answer in public: /public and the text."
        ),
        Cause::NoReply => format!(
            "The bridge knows of no public reply in this conversation that still stands on {platform}: only the latest one can be \
             taken back or changed. Do it in {platform} itself."
        ),
        Cause::UnderWay => {
            "The reply is still being sent. Write the command again once the ticket shows that it was accepted.".to_owned()
        }
        Cause::SeveralParts => format!(
            "Only a reply of one part can be changed, into one that fits one part. Take it back with /withdraw and write it \
             again, or change it in {platform} itself."
        ),
        Cause::NoMessage => "There is no message of the customer to answer in this conversation.".to_owned(),
    }
}
