//! What must be true of a deployed stack.

mod bad_days;
mod changes;
mod conversation;

use std::future::Future;
use std::pin::Pin;

use crate::cli::Cli;
use crate::stack::Stack;

type Running = Pin<Box<dyn Future<Output = ()>>>;
type Scenario = fn(Cli, Stack, u16) -> Running;

/// All of them, in the order in which they run on one stack.
pub(crate) const SCENARIOS: &[(&str, Scenario)] = &[
    ("a signed comment becomes a ticket and the answer appears under it", |cli, stack, _| {
        Box::pin(conversation::both_ways(cli, stack))
    }),
    ("what is sent twice is there once, and what is forged is turned away", |cli, stack, _| {
        Box::pin(conversation::duplicates_and_forgeries(cli, stack))
    }),
    ("a burst is merged, and keeps its order", |cli, stack, _| Box::pin(bad_days::burst(cli, stack))),
    ("a helpdesk's outage delays, and loses nothing", |cli, stack, _| Box::pin(bad_days::outage(cli, stack))),
    ("a poison record among good ones is set aside and delays nobody", |cli, stack, _| {
        Box::pin(bad_days::poison(cli, stack))
    }),
    ("a dead letter is delivered once it is put back", |cli, stack, _| {
        Box::pin(bad_days::dead_letters(cli, stack))
    }),
    ("the sweep finds all accounts working", |cli, stack, _| Box::pin(bad_days::sweep(cli, stack))),
    ("a secret is changed under load", |cli, stack, _| Box::pin(changes::rotation(cli, stack))),
    ("the functions are replaced in mid-traffic", |cli, stack, _| Box::pin(changes::update(cli, stack))),
    ("what the version before left behind is taken over", |cli, stack, _| {
        Box::pin(changes::upgrade(cli, stack))
    }),
    (
        "a second stack, behind an HTTP API, lives beside the first and goes without a trace",
        |cli, stack, port| Box::pin(changes::second_stack(cli, stack, port)),
    ),
];
