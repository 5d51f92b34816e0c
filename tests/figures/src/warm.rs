//! Being warm: time on a processor per invocation, and whether memory grows.

use std::path::Path;
use std::time::Duration;

use deskbridge_tests::lambda::{Function, records};
use deskbridge_tests::sqs::Message;
use serde_json::Value;

use crate::scene::{Scene, health_check, knock, webhook};
use deskbridge_report::usage::{median, usage};

const WARM_UP: u32 = 300;
const ROUNDS: usize = 9;
const INVOCATIONS: u32 = 300;
/// So many invocations must not make a function grow.
pub(crate) const LONG_RUN: u32 = 20_000;

/// What one invocation takes.
pub(crate) struct Warm {
    pub(crate) what: &'static str,
    /// Time on a processor; a median of means.
    pub(crate) cpu: Duration,
}

/// How much a function's memory grew over a long run.
pub(crate) struct Growth {
    pub(crate) name: &'static str,
    /// In KiB.
    pub(crate) before: u64,
    /// In KiB.
    pub(crate) after: u64,
}

/// A function and how it is invoked for the nth time.
struct Subject<'a> {
    what: &'static str,
    function: &'a Function,
    event: Box<dyn Fn(u32) -> Value + 'a>,
}

/// Measures invocations of the smallest function, built for size and as the door is, and of the bridge's, in turns.
pub(crate) async fn measure(scene: &Scene, [hello, hello_door]: [&Path; 2]) -> (Vec<Warm>, Vec<Growth>) {
    let (hello, hello_door) = (Function::start(hello, &[]).await, Function::start(hello_door, &[]).await);
    let (ingress, relay) = (scene.house.ingress().await, scene.house.relay().await);
    knock(&ingress, webhook(1, 1, "demo-app-secret"), 200).await;
    let known = scene.house.sqs.receive();
    assert!(scene.house.trigger(&relay).await.is_empty(), "{:?}", relay.output());
    let again = |_| records(&known.iter().map(second_time).collect::<Vec<_>>());
    let subjects = [
        // They get the same event, and give it back.
        Subject { what: "hello-world", function: &hello, event: Box::new(|nth| webhook(2, nth, "guessed")) },
        Subject {
            what: "hello-world, built as the door is",
            function: &hello_door,
            event: Box::new(|nth| webhook(2, nth, "guessed")),
        },
        Subject { what: "ingress: health check", function: &ingress, event: Box::new(|_| health_check()) },
        Subject {
            what: "ingress: forged webhook, turned away",
            function: &ingress,
            event: Box::new(|nth| webhook(2, nth, "guessed")),
        },
        Subject {
            what: "ingress: webhook, handed to the queue",
            function: &ingress,
            event: Box::new(|nth| webhook(3, nth, "demo-app-secret")),
        },
        Subject { what: "relay: event that it knows, one read", function: &relay, event: Box::new(again) },
    ];
    let warm = take_turns(scene, &subjects).await;
    let long = [&subjects[4], &subjects[5]];
    let mut growth = Vec::new();
    for (name, subject) in ["ingress", "relay"].into_iter().zip(long) {
        let process = subject.function.process_id();
        let before = usage(process).rss;
        run(scene, subject, 1_000_000, LONG_RUN).await;
        growth.push(Growth { name, before, after: usage(process).rss });
    }
    (warm, growth)
}

async fn take_turns(scene: &Scene, subjects: &[Subject<'_>]) -> Vec<Warm> {
    let mut seen: Vec<Vec<Duration>> = vec![Vec::new(); subjects.len()];
    for subject in subjects {
        run(scene, subject, 10_000, WARM_UP).await;
    }
    for round in 0..ROUNDS {
        for (subject, seen) in subjects.iter().zip(&mut seen) {
            let process = subject.function.process_id();
            let before = usage(process).cpu;
            let from = 100_000 + INVOCATIONS * u32::try_from(round).unwrap_or_default();
            run(scene, subject, from, INVOCATIONS).await;
            seen.push((usage(process).cpu - before) / INVOCATIONS);
        }
    }
    subjects.iter().zip(seen).map(|(subject, seen)| Warm { what: subject.what, cpu: median(&seen) }).collect()
}

async fn run(scene: &Scene, subject: &Subject<'_>, from: u32, invocations: u32) {
    for nth in from..from + invocations {
        subject.function.invoke((subject.event)(nth)).await.expect("the function answers");
        if nth % 100 == 0 {
            scene.house.sqs.clear();
            subject.function.forget_output();
            drop(scene.house.table.take());
        }
    }
}

fn second_time(message: &Message) -> Message {
    Message { receives: 2, ..message.clone() }
}
