//! The shape of the house: every connector has the same files, says in its README what one must know, and has a stand-in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use deskbridge_connectors::{REGISTRY, Registration, SecretUse, Shelf};
use deskbridge_core::effect::Guarantee;
use deskbridge_laws::subjects::{KINDS, subjects};

/// Stand-ins that bear the name of the remote side's API instead of the connector's: (kind, folder).
const STAND_INS: &[(&str, &str)] = &[("facebook", "graph"), ("instagram", "graph"), ("whatsapp", "graph")];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

pub(crate) fn folder(registration: &Registration) -> PathBuf {
    let shelf = match registration.shelf {
        Shelf::Platform => "platforms",
        Shelf::Helpdesk => "helpdesks",
    };
    root().join("shared/connectors/src").join(shelf).join(registration.kind)
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the settings of a connector, from its schema.
pub(crate) fn settings(registration: &Registration) -> BTreeSet<String> {
    let schema = (registration.settings)();
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
}

#[test]
fn every_connector_folder_has_the_same_files() {
    for registration in REGISTRY {
        let folder = folder(registration);
        for file in ["mod.rs", "inbound.rs", "outbound.rs", "README.md"] {
            assert!(folder.join(file).is_file(), "{} has no {file}", folder.display());
        }
        let on_disk: BTreeSet<String> = std::fs::read_dir(folder.join("fixtures"))
            .expect("a folder of fixtures")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        let registered: BTreeSet<String> =
            registration.fixtures.iter().map(|fixture| fixture.name.to_owned()).collect();
        assert_eq!(registered, on_disk, "{}: a fixture that nobody looks at", registration.kind);
    }
}

#[test]
fn every_folder_of_a_shelf_is_in_the_registry() {
    for shelf in ["platforms", "helpdesks"] {
        let shelf = root().join("shared/connectors/src").join(shelf);
        for entry in std::fs::read_dir(&shelf).expect("a shelf").map(|entry| entry.expect("an entry")) {
            if entry.path().is_dir() {
                let registered = REGISTRY.iter().any(|registration| folder(registration) == entry.path());
                assert!(registered, "{} is not in the registry", entry.path().display());
            }
        }
    }
}

#[test]
fn kinds_and_settings_have_names_of_their_own() {
    let kinds: BTreeSet<&str> = REGISTRY.iter().map(|registration| registration.kind).collect();
    assert_eq!(kinds.len(), REGISTRY.len(), "two connectors of one kind");
    for registration in REGISTRY {
        let settings = settings(registration);
        assert!(!settings.is_empty() && !registration.title.is_empty(), "{}", registration.kind);
        for spec in registration.secrets {
            assert!(
                !settings.contains(spec.name),
                "{}: {} is setting and secret",
                registration.kind,
                spec.name
            );
            assert!(
                spec.what.len() > 20,
                "{}: {} does not say where to find it",
                registration.kind,
                spec.name
            );
        }
        for used_by in [SecretUse::Door, SecretUse::Api] {
            let some = registration.secrets.iter().any(|spec| spec.used_by == used_by);
            assert!(some, "{}: no secret for {used_by:?}", registration.kind);
        }
        let door = registration.secrets.iter().filter(|spec| spec.used_by == SecretUse::Door);
        assert!(door.clone().any(|spec| spec.required), "{}: a door without a secret", registration.kind);
        assert!(door.clone().all(|spec| spec.several), "{}: a key that cannot be rotated", registration.kind);
    }
}

#[test]
fn sample_settings_open_the_connector_at_the_public_door_too() {
    for registration in REGISTRY {
        let sample = (registration.sample_settings)();
        let known = settings(registration);
        let unknown: Vec<&String> =
            sample.as_object().expect("a table").keys().filter(|key| !known.contains(*key)).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?} not in the schema", registration.kind);
        let mut more = sample.clone();
        more["no_such_setting"] = true.into();
        let open = |settings| (registration.open)(settings, deskbridge_connectors::Keys::default());
        assert!(
            open(&sample).is_ok(),
            "{}: the door, which knows no API secret, cannot open it",
            registration.kind
        );
        assert!(open(&more).is_err(), "{}: an unknown setting is passed over", registration.kind);
    }
}

#[test]
fn a_readme_names_every_setting_and_secret() {
    for registration in REGISTRY {
        let readme = read(&folder(registration).join("README.md"));
        let secrets = registration.secrets.iter().map(|spec| spec.name.to_owned());
        for name in settings(registration).into_iter().chain(secrets) {
            let named = readme.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            assert!(
                named.into_iter().any(|word| word == name),
                "{}: README without {name}",
                registration.kind
            );
        }
    }
}

#[test]
fn a_readme_states_the_guarantee_of_every_kind_of_effect() {
    for subject in subjects() {
        let readme = read(&folder(subject.registration).join("README.md")).to_lowercase();
        for kind in KINDS.into_iter().filter(|kind| subject.speaks(*kind)) {
            let (word, times) = match subject.connector.guarantee(kind) {
                Guarantee::Keyed { window, settle } => ("keyed", vec![window.as_secs(), settle.as_secs()]),
                Guarantee::Findable { settle } => ("findable", vec![settle.as_secs()]),
                Guarantee::Echoed { settle } => ("echoed", vec![settle.as_secs()]),
                Guarantee::Natural => ("natural", vec![]),
                Guarantee::Overwrites { settle } => ("overwrites", vec![settle.as_secs()]),
                Guarantee::Blind => ("blind", vec![]),
            };
            let what = format!("{} {kind:?}", subject.kind());
            assert!(readme.contains(word), "{what}: README does not say {word}");
            for seconds in times {
                let minutes = format!("{} minutes", seconds / 60);
                let told = readme.contains(&format!("{seconds} s"))
                    || (seconds % 60 == 0 && readme.contains(&minutes));
                assert!(told, "{what}: README does not say {seconds} s");
            }
        }
    }
}

#[test]
fn every_connector_has_a_stand_in() {
    for registration in REGISTRY {
        let named = STAND_INS.iter().find(|(kind, _)| *kind == registration.kind);
        let folder =
            root().join("shared/sandbox/src").join(named.map_or(registration.kind, |(_, folder)| *folder));
        assert!(folder.join("mod.rs").is_file(), "{} has no stand-in", registration.kind);
    }
}
