//! Group commit: many commands, few commits, each command's fate its own.

use std::time::Duration;

use deskbridge_core::{ConversationKey, Moment};
use deskbridge_engine::ports::{Queue, SaveError, Store};
use tokio::task::JoinSet;

use super::*;

/// Keeps the writer busy until the returned sender is used, so that what is sent meanwhile waits together.
async fn hold_up(file: &Sqlite) -> std::sync::mpsc::Sender<()> {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (started, running) = tokio::sync::oneshot::channel();
    let file = file.clone();
    tokio::spawn(async move {
        file.at_desk("waiting", move |_| {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        })
        .await
    });
    running.await.unwrap();
    go
}

async fn until_waiting(file: &Sqlite, commands: usize) {
    let writer = file.inner.writer.as_ref().unwrap();
    while writer.max_capacity() - writer.capacity() < commands {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn commands_that_wait_together_share_one_commit() {
    let bench = Bench::new();
    let before = bench.file.counts();
    let go = hold_up(&bench.file).await;
    let mut senders = JoinSet::new();
    for number in 0..64 {
        let file = bench.file.clone();
        senders
            .spawn(async move { file.send(&[envelope(&format!("g{number}"), &format!("e{number}"))]).await });
    }
    until_waiting(&bench.file, 64).await;
    go.send(()).unwrap();
    assert!(senders.join_all().await.iter().all(Result::is_ok));
    let after = bench.file.counts();
    assert_eq!((after.commands - before.commands, after.commits - before.commits), (64, 1));
    assert_eq!(bench.file.depth(), 64);
    // A claim is durable by itself in no way, and so costs no commit.
    assert_eq!(bench.claim(100, 10).await.len(), 64);
    assert_eq!(bench.file.counts(), after);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_senders_need_far_fewer_commits_than_commands() {
    let bench = Bench::new();
    let mut senders = JoinSet::new();
    for sender in 0..64 {
        let file = bench.file.clone();
        senders.spawn(async move {
            for number in 0..20 {
                let id = format!("{sender}-{number}");
                file.send(&[envelope(&format!("g{sender}"), &id)]).await.unwrap();
            }
        });
    }
    senders.join_all().await;
    let counts = bench.file.counts();
    assert_eq!((counts.commands, bench.file.depth()), (64 * 20, 64 * 20));
    assert!(counts.commits * 8 <= counts.commands, "{counts:?}");
}

#[tokio::test]
async fn a_conflict_in_a_batch_leaves_the_others_alone() {
    let bench = Bench::new();
    let key = ConversationKey::parse("acme:direct:7").unwrap().0;
    let go = hold_up(&bench.file).await;
    let mut savers = JoinSet::new();
    for number in 0..10_u8 {
        let (file, key) = (bench.file.clone(), key.clone());
        savers.spawn(async move { file.save(&key, vec![number], 0, Moment(START * 2)).await });
    }
    let file = bench.file.clone();
    let sent = tokio::spawn(async move { file.send(&[envelope("acme:direct:7", "e")]).await });
    until_waiting(&bench.file, 11).await;
    let before = bench.file.counts().commits;
    go.send(()).unwrap();
    let saved = savers.join_all().await;
    sent.await.unwrap().unwrap();
    assert_eq!(saved.iter().filter(|result| **result == Ok(1)).count(), 1);
    assert_eq!(saved.iter().filter(|result| **result == Err(SaveError::Conflict)).count(), 9);
    assert_eq!((bench.file.counts().commits - before, bench.file.depth()), (1, 1));
}

#[tokio::test]
async fn a_command_that_fails_takes_back_its_own_work_only() {
    let bench = Bench::new();
    let go = hold_up(&bench.file).await;
    let file = bench.file.clone();
    let fails = tokio::spawn(async move {
        file.write("breaking", |connection, changes| {
            connection.execute("INSERT INTO taken (seq, id) VALUES (7, x'62')", [])?;
            changes.taken += 5;
            connection.execute("INSERT INTO nowhere VALUES (1)", [])
        })
        .await
    });
    let file = bench.file.clone();
    let works = tokio::spawn(async move { file.send(&[envelope("g", "e")]).await });
    until_waiting(&bench.file, 2).await;
    go.send(()).unwrap();
    assert!(fails.await.unwrap().unwrap_err().to_string().starts_with("breaking failed: no such table"));
    works.await.unwrap().unwrap();
    assert_eq!(bench.file.depth(), 1);
    let count = "SELECT count(*) FROM taken WHERE id = x'62'";
    let broken: i64 = bench
        .file
        .read("counting", move |reader| reader.query_row(count, [], |row| row.get(0)))
        .await
        .unwrap();
    assert_eq!(broken, 0);
}

#[tokio::test]
async fn a_full_disk_is_a_fault_and_not_a_half_written_batch() {
    let bench = Bench::new();
    bench.send(&[("g", "before")]).await;
    let set_limit = |pages: u32| {
        bench.file.at_desk("limiting the file", move |desk| {
            let now: u32 = desk.connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            desk.connection.pragma_update_and_check(None, "max_page_count", now + pages, |_| Ok(()))
        })
    };
    set_limit(2).await.unwrap();
    let big = ConversationKey::parse("acme:direct:8").unwrap().0;
    let go = hold_up(&bench.file).await;
    let file = bench.file.clone();
    let small = tokio::spawn(async move { file.send(&[envelope("g", "small")]).await });
    until_waiting(&bench.file, 1).await;
    let (file, key) = (bench.file.clone(), big.clone());
    let full = tokio::spawn(async move { file.save(&key, vec![1; 1_000_000], 0, Moment(START * 2)).await });
    until_waiting(&bench.file, 2).await;
    go.send(()).unwrap();
    assert!(matches!(full.await.unwrap(), Err(SaveError::Fault(fault)) if fault.why.contains("full")));
    // Either both are gone, or only the big one: whatever was answered is true.
    let expected = 1 + u64::from(small.await.unwrap().is_ok());
    assert_eq!(bench.file.depth(), expected);
    set_limit(100_000).await.unwrap();
    bench.send(&[("g", "after")]).await;
    bench.file.save(&big, vec![1; 1_000_000], 0, Moment(START * 2)).await.unwrap();
    let bench = bench.reopen();
    assert_eq!(bench.file.depth(), expected + 1);
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_stop_its_command() {
    let bench = Bench::new();
    let go = hold_up(&bench.file).await;
    let envelopes = [envelope("g", "e")];
    let mut send = Box::pin(bench.file.send(&envelopes));
    assert!(tokio::time::timeout(Duration::from_millis(20), &mut send).await.is_err());
    drop(send);
    go.send(()).unwrap();
    assert_eq!(bench.claim_names().await, ["g:e"]);
    assert_eq!(bench.file.depth(), 1);
}
