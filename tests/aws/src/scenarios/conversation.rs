//! Conversations through both helpdesks.

use deskbridge_connectors::http::{Answer, Method};
use deskbridge_tests::live::{comment, direct, knock, list};
use deskbridge_tests::sign_meta;

use crate::cli::Cli;
use crate::stack::Stack;

/// A comment and a direct message become tickets at either helpdesk, and agents' answers appear where they belong.
pub(crate) async fn both_ways(cli: Cli, stack: Stack) {
    let sites = stack.sites.clone();
    for (page, helpdesk, post, person, writer) in [
        ("1001", &sites.zendesk, "1001_100", "2001", "3001"),
        ("1002", &sites.freshdesk, "1002_200", "2003", "3003"),
    ] {
        let (comment, message) =
            (format!("Where is my order at {page}?"), format!("Hello {page}, are you open?"));
        stack.comment(post, person, &comment).await;
        let ticket = stack.ticket_with(helpdesk, &comment).await;
        let answer = format!("It left {page} yesterday.");
        stack.agent(helpdesk, "reply", ticket.id, &answer).await;
        stack.publishes(page, &answer).await;

        stack.message(page, writer, &message).await;
        let ticket = stack.ticket_with(helpdesk, &message).await;
        let answer = format!("Until six, says {page}.");
        stack.agent(helpdesk, "reply", ticket.id, &answer).await;
        stack.publishes(page, &answer).await;
    }
    stack.drained(&cli).await;
    let lines = stack.lines(&cli, "relay").await;
    let done: usize = lines.iter().map(|line| list(&line["made"]).len()).sum();
    assert!(done >= 8, "four tickets and four answers are told in the log, not {done}");
}

/// The same webhook three times is one message; a wrong or missing signature is no message.
pub(crate) async fn duplicates_and_forgeries(cli: Cli, stack: Stack) {
    let body = comment("1001_100", "100_900", ("2002", "Omar Haddad"), "Sent three times");
    for _ in 0..3 {
        assert_eq!(knock(&stack.door, "acme-facebook", &body).await, 200);
    }
    stack.ticket_with(&stack.sites.zendesk, "Sent three times").await;

    let forged = direct("1001", "3009", "m_forged", "Forged");
    for signature in [Some(sign_meta("guessed", &forged)), None] {
        let mut request = stack.door.request(Method::POST, "/hooks/acme-facebook");
        request.body = forged.clone().into();
        if let Some(signature) = signature {
            request = request.header("x-hub-signature-256", &signature);
        }
        let Answer::Response(answer) = stack.door.send(request).await else { panic!("no answer") };
        assert_eq!(answer.status, 401);
    }
    assert_eq!(stack.door.get("/hooks/nobody").await.0, 404);
    stack.drained(&cli).await;
    assert_eq!(stack.times_said(&stack.sites.zendesk, "Sent three times").await, 1);
    assert_eq!(stack.times_said(&stack.sites.zendesk, "Forged").await, 0);
    let refused = stack.lines(&cli, "ingress").await;
    assert!(refused.iter().any(|line| line["rejected_signature"] == 1 && line["Stack"] == "desk-alpha"));
}
