//! Whose folder it is, and which format.

use deskbridge_core::ConversationKey;
use deskbridge_engine::ports::{Queue, Store};
use rusqlite::Connection;

use super::*;
use crate::sqlite::OpenError;

fn refusal(folder: &Path) -> OpenError {
    match Sqlite::open(folder, Arc::new(HandClock::default())) {
        Ok(_) => panic!("the folder was opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn two_processes_cannot_use_one_folder() {
    let bench = Bench::new();
    let error = refusal(bench.folder.path());
    assert!(matches!(error, OpenError::InUse(_)), "{error}");
    assert!(error.to_string().contains(&bench.folder.path().display().to_string()), "{error}");
    let clone = bench.file.clone();
    drop(bench.file);
    assert!(matches!(refusal(bench.folder.path()), OpenError::InUse(_)));
    drop(clone);
    open(bench.folder.path(), &bench.clock);
}

#[test]
fn newer_and_foreign_files_are_left_alone() {
    let sql = |sql: &'static str| {
        move |path: &Path| Connection::open(path).and_then(|file| file.execute_batch(sql)).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskbridge.sqlite");
    drop(open(folder.path(), &HandClock::default()));
    sql("PRAGMA user_version = 4")(&path);
    let error = refusal(folder.path()).to_string();
    assert!(error.contains("has format 4") && error.contains("formats up to 3"), "{error}");
    sql("PRAGMA user_version = 3")(&path);
    drop(open(folder.path(), &HandClock::default()));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskbridge.sqlite");
    sql("CREATE TABLE shopping (item TEXT)")(&path);
    assert!(matches!(refusal(folder.path()), OpenError::Foreign(_)));
    std::fs::write(&path, "dear diary, ".repeat(1000)).unwrap();
    assert!(matches!(refusal(folder.path()), OpenError::Foreign(_)));
    assert_eq!(std::fs::read(&path).unwrap().len(), 12_000);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = refusal(&file.join("data"));
    assert!(
        matches!(error, OpenError::Unusable { .. }) && error.to_string().contains("file/data"),
        "{error}"
    );
}

#[tokio::test]
async fn the_file_is_durable_and_its_folder_private() {
    let bench = Bench::new();
    let (journal, synchronous): (String, i64) = bench
        .file
        .at_desk("looking", |desk| {
            let journal = desk.connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
            Ok((journal, desk.connection.pragma_query_value(None, "synchronous", |row| row.get(0))?))
        })
        .await
        .unwrap();
    assert_eq!((journal.as_str(), synchronous), ("wal", 2));
    #[cfg(unix)]
    {
        let folder = bench.folder.path().join("new/data");
        let file = open(&folder, &bench.clock);
        file.send(&[envelope("g", "e")]).await.unwrap();
        let mode = |path: &Path| {
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
        };
        assert_eq!(mode(&folder), 0o700);
        for name in ["deskbridge.sqlite", "deskbridge.sqlite-wal", "deskbridge.lock"] {
            assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        }
    }
}

#[tokio::test]
async fn what_was_answered_survives_the_sudden_end_of_the_process() {
    let bench = Bench::new();
    let key = ConversationKey::parse("acme:direct:7").unwrap().0;
    bench.send(&[("a", "a1"), ("a", "a2"), ("b", "b1")]).await;
    let claimed = bench.claim(10, 1).await;
    bench.finish(&claimed[0], &Settle::Done).await;
    bench.file.save(&key, vec![1], 0, Moment(START * 2)).await.unwrap();
    bench.claim(10, 1).await;
    // What lies on the disk now is all that the next process will have.
    let crashed = tempfile::tempdir().unwrap();
    for name in ["deskbridge.sqlite", "deskbridge.sqlite-wal"] {
        std::fs::copy(bench.folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    let next =
        Bench { file: open(crashed.path(), &bench.clock), folder: crashed, clock: bench.clock.clone() };
    assert_eq!(next.file.depth(), 2);
    let mut again = next.claim_names().await;
    again.sort();
    assert_eq!(again, ["a:a2", "b:b1"]);
    assert_eq!(next.file.load(&key).await.unwrap().map(|item| item.version), Some(1));
}

#[test]
fn sqlite_is_built_for_speed() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let mut statement = connection.prepare("PRAGMA compile_options").unwrap();
    let options: Vec<String> =
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let has = |option: &str| options.iter().any(|one| one == option);
    let why = "LIBSQLITE3_FLAGS in .cargo/config.toml did not reach the build: build within the repository";
    assert!(has("USE_ALLOCA") && has("DEFAULT_MEMSTATUS=0"), "{why}");
    assert!(!has("ENABLE_MEMORY_MANAGEMENT") && !has("ENABLE_API_ARMOR"), "{why}");
}
