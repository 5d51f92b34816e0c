//! `deskbridge check`: all problems at once, with key path and remedy, and never a secret.

use deskbridge_connectors::http::Method;
use serde_json::json;

use crate::accounts::{ENVIRONMENT, Place};
use crate::process::{printed, run};

const MANY_MISTAKES: &str = r#"
[locals]

[local]
sweep_minutes = "often"
body_byte_max = 10
conversations_at_once = -1

[accounts.acme-facebook]
kind = "facebook"
helpdesk = "acme-zendesk"
page_id = "1001"
pagetoken = "env:PAGE_TOKEN"
app_secrets = "hunter2-hunter2"
verify_tokens = []

[accounts.shop-facebook]
kind = "facebook"
helpdesk = "no-such-desk"
page_id = 1002
app_secrets = ["env:APP_SECRET", "vault:hunter3"]
verify_tokens = "env:NOT_SET_ANYWHERE"
page_token = "file:/no/such/file"
grace_days = "four"
tags = ["Has Capitals"]

[accounts.acme-zendesk]
kind = "zendesk"
base_url = "https://acme.zendesk.com"
client_id = "deskbridge"
client_secret = "env:ZENDESK_CLIENT_SECRET"
webhook_secrets = "env:ZENDESK_WEBHOOK_SECRET"

[accounts.other-zendesk]
kind = "zendesk"
base_url = "https://acme.zendesk.com"
client_id = "deskbridge"
client_secret = "env:ZENDESK_CLIENT_SECRET"
webhook_secrets = "env:EMPTY_SECRET"

[accounts.nameless]
page_id = "1003"

[accounts.odd]
kind = "myspace"

[accounts."Bad Name"]
kind = "freshdesk"
base_url = "http://globex.freshdesk.com/path"
api_key = 17
webhook_keys = "ssm:/deskbridge/freshdesk"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_listed_at_once_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bridge.toml"), MANY_MISTAKES).unwrap();
    let environment: Vec<(&str, &str)> = ENVIRONMENT.into_iter().chain([("EMPTY_SECRET", "")]).collect();
    let output = run(folder.path(), &["check", "--config", "bridge.toml"], &environment).await;
    let listed = printed(&output);
    assert_eq!(output.status.code(), Some(2), "{listed}");
    for secret in ["hunter2", "hunter3"].into_iter().chain(ENVIRONMENT.map(|(_, secret)| secret)) {
        assert!(!listed.contains(secret), "{secret} is printed:\n{listed}");
    }
    insta::assert_snapshot!(listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let missing = run(folder.path(), &["check", "--config", "none.toml"], &[]).await;
    assert_eq!(missing.status.code(), Some(2));
    assert!(printed(&missing).contains("cannot read none.toml"), "{}", printed(&missing));
    std::fs::write(folder.path().join("bridge.toml"), "[accounts.a]\nkind = facebook\n").unwrap();
    let syntax = run(folder.path(), &["check", "--config", "bridge.toml"], &[]).await;
    assert_eq!(syntax.status.code(), Some(2));
    assert!(printed(&syntax).contains("line 2: "), "{}", printed(&syntax));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_configuration_passes_and_live_tries_every_credential() {
    let folder = tempfile::tempdir().unwrap();
    let (_place, stand_ins) = Place::new(folder.path()).await;
    let check = async |arguments: &[&str]| {
        let all: Vec<&str> = ["check", "--config", "bridge.toml"].iter().chain(arguments).copied().collect();
        let output = run(folder.path(), &all, &ENVIRONMENT).await;
        (output.status.code(), printed(&output))
    };
    let (code, said) = check(&[]).await;
    assert_eq!((code, said.as_str()), (Some(0), "bridge.toml: 4 accounts, no problems\n"));
    let (code, said) = check(&["--live"]).await;
    assert_eq!(code, Some(0), "{said}");
    for name in ["acme-facebook: works, acting as Acme", "acme-zendesk: works, acting as Social bridge"] {
        assert!(said.contains(name), "{name} is not in:\n{said}");
    }

    let dead = json!({ "do": "token", "page": "1001", "state": "revoked" });
    stand_ins.sites.graph.give(Method::POST, "/_sandbox/control", &dead).await;
    let gone = json!({ "do": "revoke_key", "agent": "deskbridge@globex.example", "on": true });
    stand_ins.sites.freshdesk.give(Method::POST, "/_sandbox/control", &gone).await;
    let (code, said) = check(&["--live"]).await;
    assert_eq!(code, Some(2), "{said}");
    let line =
        |account: &str| said.lines().find(|line| line.contains(account)).unwrap_or_default().to_owned();
    assert!(line("  acme-facebook").contains("the credential of account acme-facebook is refused"), "{said}");
    assert!(!line("  globex-freshdesk").contains("works"), "{said}");
    assert!(line("  acme-zendesk").contains("works"), "one account's trouble is not another's: {said}");
    assert!(!said.contains("demo-page-token"), "{said}");
}
