//! `deskbridge schema`: what editors get to check a configuration with.

use serde_json::Value;

use crate::demo_process::Demo;
use crate::process::run;

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_accepts_the_demos_configuration_and_refuses_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(folder.path(), &["schema"], &[]).await;
    assert!(printed.status.success());
    let schema: Value = serde_json::from_slice(&printed.stdout).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");

    let demo = Demo::start(folder.path()).await;
    let text = std::fs::read_to_string(folder.path().join("demo-data/bridge.toml")).unwrap();
    drop(demo);
    let value = |text: &str| -> Value {
        let table: toml::Table = text.parse().expect("TOML");
        serde_json::to_value(table).expect("JSON")
    };
    let problems: Vec<String> = validator.iter_errors(&value(&text)).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}");
    let with_local = format!("[local]\ndoors = \"0.0.0.0:80\"\nsweep_minutes = 3\n{text}");
    assert!(validator.is_valid(&value(&with_local)));

    for (right, wrong) in [
        ("page_id = \"1001\"", "page_id = \"1001\"\ncolour = \"blue\""),
        ("page_id = \"1001\"", ""),
        ("page_id = \"1001\"", "page_id = 1001"),
        ("kind = \"facebook\"", "kind = \"myspace\""),
        ("helpdesk = \"acme-zendesk\"", ""),
        ("page_token = \"env:DEMO_PAGE_TOKEN\"", "page_token = \"demo-page-token\""),
        ("app_secrets = \"env:DEMO_APP_SECRET\"", "app_secrets = []"),
        ("[accounts.acme-zendesk]", "[accounts.\"Acme Zendesk\"]"),
        ("[accounts.acme-facebook]", "[local]\nport = 80\n[accounts.acme-facebook]"),
        ("[accounts.acme-facebook]", "[acounts]\n[accounts.acme-facebook]"),
    ] {
        let broken = text.replacen(right, wrong, 1);
        assert_ne!(broken, text, "{right} is not in the demo's configuration");
        assert!(!validator.is_valid(&value(&broken)), "{wrong:?} instead of {right:?} is accepted");
    }
}
