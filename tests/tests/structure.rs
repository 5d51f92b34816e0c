//! Who may know whom: read from `cargo metadata` and `cargo tree`, so that a new dependency in the wrong place is noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// What each crate of ours may name among ours in `[dependencies]`. A crate that is not here fails the test.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("deskbridge-core", &[]),
    ("deskbridge-connectors", &["core"]),
    ("deskbridge-engine", &["core", "connectors"]),
    ("deskbridge-client", &["core", "connectors", "engine"]),
    ("deskbridge-aws", &["core", "connectors", "engine", "client"]),
    ("deskbridge-embedded", &["core", "connectors", "engine", "client"]),
    ("deskbridge-sandbox", &["core", "connectors", "engine"]),
    ("deskbridge-ingress", &["core", "connectors", "engine", "aws"]),
    ("deskbridge-relay", &["core", "connectors", "engine", "aws", "client"]),
    ("deskbridge-sweep", &["core", "connectors", "engine", "aws", "client"]),
    ("deskbridge", &["core", "connectors", "engine", "client", "embedded", "sandbox"]),
    ("deskbridge-simulation", &["core", "connectors", "engine", "sandbox"]),
    ("deskbridge-storm", &["core", "connectors", "engine", "report", "sandbox"]),
    ("deskbridge-laws", &["core", "connectors", "engine"]),
    ("xtask", &["laws", "report", "simulation"]),
    ("deskbridge-aws-tests", &["core", "connectors", "engine", "aws", "tests"]),
    ("deskbridge-figures", &["connectors", "report", "sandbox", "tests"]),
    ("deskbridge-instructions", &["core", "connectors", "engine", "laws", "report"]),
    ("deskbridge-report", &[]),
    ("deskbridge-hello", &[]),
    ("deskbridge-throughput", &["connectors", "report", "sandbox"]),
    ("deskbridge-tests", &["core", "connectors", "engine", "client", "aws", "embedded", "sandbox"]),
];

/// What each crate must not link, by itself or through others. `*` stands for any rest of a name.
const MUST_NOT_LINK: &[(&str, &[&str])] = &[
    ("deskbridge-core", &["tokio", "reqwest", "hyper", "rusqlite", "rand", "getrandom", "aws-*"]),
    ("deskbridge-connectors", &["tokio", "reqwest", "hyper", "rusqlite", "rand", "aws-*"]),
    ("deskbridge-engine", &["tokio", "reqwest", "hyper", "rusqlite", "aws-*", "deskbridge-sandbox"]),
    ("deskbridge-sandbox", &["aws-*", "rusqlite", "reqwest"]),
    (
        "deskbridge-ingress",
        &[
            "aws-sdk-*",
            "aws-smithy-*",
            "h2",
            "reqwest",
            "rusqlite",
            "axum",
            "deskbridge-sandbox",
            "deskbridge-embedded",
        ],
    ),
    ("deskbridge-relay", &["rusqlite", "axum", "deskbridge-sandbox", "deskbridge-embedded"]),
    ("deskbridge-sweep", &["rusqlite", "axum", "deskbridge-sandbox", "deskbridge-embedded"]),
    ("deskbridge", &["aws-*", "lambda_runtime", "deskbridge-aws"]),
];

/// One TLS provider only, and none that needs a C library of the system. They may not even stand in the lock file.
const NOWHERE: &[&str] = &["aws-lc-sys", "aws-lc-rs", "aws-lc-fips-sys", "openssl-sys", "native-tls"];

/// What pure code does not mention: clocks, chance, files, processes, the network.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "async fn",
    ".await",
    "println!",
    "eprintln!",
];

fn metadata() -> Metadata {
    let manifest = root().join("Cargo.toml");
    // What only other systems need was not downloaded by whoever merely ran the tests.
    let options = ["--offline".to_owned(), "--filter-platform".to_owned(), host()];
    MetadataCommand::new().manifest_path(manifest).other_options(options).exec().expect("metadata")
}

fn host() -> String {
    let rustc = Command::new("rustc").arg("-vV").current_dir(root()).output().expect("rustc runs");
    let told = String::from_utf8(rustc.stdout).expect("text");
    told.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host").to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Names of all that this package links: normal dependencies only, with the features that it asks for.
fn linked(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--package",
            package,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let names: BTreeSet<String> =
        text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    assert!(names.contains(package), "cargo tree told nothing of {package}");
    names
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

#[test]
fn each_crate_knows_only_what_it_may() {
    let rules: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    for package in metadata().workspace_packages() {
        let allowed = rules.get(package.name.as_str());
        let allowed =
            allowed.unwrap_or_else(|| panic!("{}: say in this test whom it may know", package.name));
        for dependency in package.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal) {
            let Some(other) = dependency.name.strip_prefix("deskbridge-") else { continue };
            assert!(allowed.contains(&other), "{} must not know {}", package.name, dependency.name);
        }
    }
}

#[test]
fn nobody_links_what_it_must_not() {
    let members: BTreeSet<String> =
        metadata().workspace_packages().iter().map(|package| package.name.to_string()).collect();
    for (package, forbidden) in MUST_NOT_LINK {
        assert!(members.contains(*package), "{package} is gone: correct this test");
        let linked = linked(package);
        for pattern in *forbidden {
            let found: Vec<&String> = linked.iter().filter(|name| matches(pattern, name)).collect();
            assert!(found.is_empty(), "{package} links {found:?}");
        }
    }
}

#[test]
fn one_tls_provider_and_no_c_library_of_the_system() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("the lock file");
    let locked = |name: &&&str| lock.contains(&format!("name = \"{name}\"\n"));
    assert!(locked(&&"ring"), "the lock file reads otherwise: correct this test");
    let found: Vec<&&str> = NOWHERE.iter().filter(locked).collect();
    assert!(found.is_empty(), "{found:?} in Cargo.lock");
}

#[test]
fn pure_code_mentions_no_clock_file_or_network() {
    for folder in ["shared/core/src", "shared/connectors/src"] {
        let files = rust_files(&root().join(folder));
        assert!(files.len() > 10, "{folder} is elsewhere: correct this test");
        for file in files.iter().filter(|file| !is_test(file)) {
            let text = std::fs::read_to_string(file).expect("a source file");
            let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for (at, line) in shipped.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let found = IMPURE.iter().find(|word| code.contains(**word));
                assert!(found.is_none(), "{}:{} mentions {found:?}", file.display(), at + 1);
            }
        }
    }
}

fn is_test(file: &Path) -> bool {
    file.iter().any(|part| part == "tests" || part == "tests.rs")
}

#[test]
fn unsafe_code_is_forbidden_in_every_crate() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("the workspace");
    assert!(text.contains("unsafe_code = \"forbid\""));
    for package in metadata().workspace_packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} has lints of its own", package.name);
    }
}

#[test]
fn files_stay_small_enough_to_read() {
    // The aim is 400.
    const LINES_MAX: usize = 450;
    for folder in ["shared", "functions", "tests"] {
        for file in rust_files(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let lines = text.lines().count();
            assert!(lines <= LINES_MAX, "{} has {lines} lines", file.display());
            assert!(
                text.starts_with("//!") || text.starts_with("#!["),
                "{} does not say its purpose",
                file.display()
            );
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
