//! A journal rebuilds what was there, whatever the end of the file looks like.

use std::fs;
use std::path::PathBuf;

use deskbridge_connectors::http::{HeaderName, HeaderValue, Method, Request, Url, header};
use tempfile::TempDir;

use super::Journaled;
use crate::counter::Counter;

struct Scene {
    _folder: TempDir,
    path: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("counter.journal");
        Self { _folder: folder, path }
    }

    fn open(&self) -> Journaled<Counter> {
        Journaled::open(Counter::default(), &self.path).unwrap()
    }

    fn lines(&self) -> usize {
        fs::read_to_string(&self.path).unwrap().lines().count()
    }
}

fn request(method: Method, path: &str) -> Request {
    Request::new(method, Url::parse(&format!("http://127.0.0.1:9{path}")).unwrap())
}

fn add(amount: &str) -> Request {
    Request { body: amount.to_owned().into(), ..request(Method::POST, "/api/add") }
}

#[test]
fn replay_gives_the_same_state() {
    let scene = Scene::new();
    let mut before = scene.open();
    before.handle(&add("5"), 100).unwrap();
    before.handle(&request(Method::GET, "/api/count"), 150).unwrap();
    let webhooks = before.due(200).unwrap();
    assert_eq!(webhooks.len(), 1);
    before.delivered(webhooks[0].id, Some(500), 210).unwrap();
    before.handle(&add("7"), 220).unwrap();
    let state = before.stand_in().clone();
    drop(before);

    let after = scene.open();
    assert_eq!(*after.stand_in(), state);
    assert_eq!(after.stand_in().total, 12);
    assert_eq!(after.stand_in().calls, 3, "reads of an API count against its limits");
    assert!(after.outstanding().is_empty());
}

#[test]
fn every_byte_of_a_request_survives() {
    let scene = Scene::new();
    let mut before = scene.open();
    let mut odd = request(Method::from_bytes(b"PROPFIND").unwrap(), "/a%20b?q=%F0%9F%98%80&q=2");
    odd.body = (0..=255_u8).collect::<Vec<u8>>().into();
    let value = HeaderValue::from_bytes(&[b'a', 0xff, b'"', 0x80, b'\\']).unwrap();
    odd.headers.append(HeaderName::from_static("x-odd"), value);
    odd.headers.append(header::COOKIE, HeaderValue::from_static("1"));
    odd.headers.append(header::COOKIE, HeaderValue::from_static("2"));
    before.handle(&odd, 1).unwrap();
    drop(before);

    let after = scene.open();
    let seen = after.stand_in().last.clone().unwrap();
    assert_eq!((&seen.method, &seen.url, &seen.body), (&odd.method, &odd.url, &odd.body));
    assert_eq!(seen.headers, odd.headers);
}

#[test]
fn only_reads_of_the_control_paths_leave_no_trace() {
    let scene = Scene::new();
    let mut counter = scene.open();
    let table = [
        (Method::GET, "/_sandbox/state", 0),
        (Method::HEAD, "/_sandbox/state", 0),
        (Method::POST, "/_sandbox/act", 1),
        (Method::GET, "/api/count", 1),
        (Method::PUT, "/api/count", 1),
        (Method::DELETE, "/api/count", 1),
    ];
    for (method, path, written) in table {
        let before = scene.lines();
        counter.handle(&request(method.clone(), path), 1).unwrap();
        assert_eq!(scene.lines() - before, written, "{method} {path}");
    }
}

#[test]
fn what_was_handed_out_and_not_reported_is_outstanding_after_a_restart() {
    let scene = Scene::new();
    let mut before = scene.open();
    for amount in ["1", "2", "3"] {
        before.handle(&add(amount), 10).unwrap();
    }
    let handed: Vec<_> = before.due(1_000).unwrap();
    assert_eq!(handed.len(), 3);
    before.delivered(handed[1].id, Some(200), 1_001).unwrap();
    before.delivered(77, Some(200), 1_002).unwrap();
    drop(before);

    let mut after = scene.open();
    let left: Vec<_> = after.outstanding().iter().map(|hook| (hook.id, hook.request.body.clone())).collect();
    let expected = [&handed[0], &handed[2]].map(|hook| (hook.id, hook.request.body.clone()));
    assert_eq!(left, expected);
    assert!(after.due(2_000).unwrap().is_empty(), "handed out webhooks are not due again");
}

#[test]
fn a_torn_last_record_is_cut_off_wherever_it_tore() {
    let scene = Scene::new();
    let mut counter = scene.open();
    counter.handle(&add("1"), 1).unwrap();
    let whole = fs::metadata(&scene.path).unwrap().len();
    counter.handle(&add("2"), 2).unwrap();
    drop(counter);
    let bytes = fs::read(&scene.path).unwrap();

    for end in whole as usize..bytes.len() {
        fs::write(&scene.path, &bytes[..end]).unwrap();
        let mut counter = scene.open();
        assert_eq!(counter.stand_in().total, 1, "torn at {end}");
        assert_eq!(fs::metadata(&scene.path).unwrap().len(), whole);
        counter.handle(&add("40"), 3).unwrap();
        drop(counter);
        assert_eq!(scene.open().stand_in().total, 41, "torn at {end}");
    }
}

#[test]
fn a_damaged_or_foreign_record_is_refused_and_left_alone() {
    for damage in ["{\"v\":2,\"now\":1,\"call\":\"due\"}\n", "{\"v\":1}\n", "nonsense\n", "\n"] {
        let scene = Scene::new();
        let mut counter = scene.open();
        counter.handle(&add("1"), 1).unwrap();
        drop(counter);
        let mut bytes = fs::read(&scene.path).unwrap();
        bytes.extend_from_slice(damage.as_bytes());
        fs::write(&scene.path, &bytes).unwrap();

        let error = Journaled::open(Counter::default(), &scene.path).err().expect("must be refused");
        assert!(error.to_string().contains("line 2"), "{error}");
        assert_eq!(fs::read(&scene.path).unwrap(), bytes);
    }
}

#[test]
fn a_journal_serves_one_process_at_a_time() {
    let scene = Scene::new();
    let first = scene.open();
    let error = Journaled::open(Counter::default(), &scene.path).err().expect("must be refused");
    assert!(error.to_string().contains("in use"), "{error}");
    drop(first);
    scene.open();
}

#[test]
fn time_never_runs_backwards() {
    let scene = Scene::new();
    let mut counter = scene.open();
    counter.handle(&add("1"), 500).unwrap();
    counter.handle(&add("1"), 400).unwrap();
    assert_eq!(counter.stand_in().latest, 500);
    drop(counter);
    let mut counter = scene.open();
    counter.handle(&add("1"), 300).unwrap();
    assert_eq!(counter.stand_in().latest, 500);
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_does_not_happen() {
    let scene = Scene::new();
    let mut counter = scene.open();
    counter.handle(&add("1"), 1).unwrap();
    let webhook = counter.due(100).unwrap().remove(0);
    counter.handle(&add("2"), 101).unwrap();
    let state = counter.stand_in().clone();

    counter.journal = Some(super::JournalFile::full());
    assert!(counter.handle(&add("4"), 200).is_err());
    assert!(counter.due(200).is_err());
    assert!(counter.delivered(webhook.id, Some(200), 200).is_err());
    assert_eq!(*counter.stand_in(), state);
    assert_eq!(counter.outstanding().len(), 1);
    assert!(counter.handle(&request(Method::GET, "/_sandbox/state"), 200).is_ok());
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_tokens_in_it() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    drop(scene.open());
    assert_eq!(fs::metadata(&scene.path).unwrap().permissions().mode() & 0o777, 0o600);
}
