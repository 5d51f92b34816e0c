//! What a configuration may say, and what is said about its mistakes.

use deskbridge_core::file::RefusedTypes;

use super::*;

const GOOD: &str = r#"
[local]
sweep_minutes = 10

[accounts.acme-facebook]
kind = "facebook"
helpdesk = "acme-zendesk"
page_id = "1001"
app_secrets = ["env:NEW", "env:OLD"]
verify_tokens = "env:VERIFY"
page_token = "file:/run/secrets/page"
grace_days = 7
tags = ["vip"]

[accounts.acme-zendesk]
kind = "zendesk"
base_url = "https://acme.zendesk.com"
client_id = "deskbridge"
client_secret = "env:ZENDESK"
webhook_secrets = "env:HOOK"
"#;

#[test]
fn a_good_configuration_says_what_it_says() {
    let config = Config::parse(GOOD).unwrap();
    assert_eq!((config.local.sweep_minutes, config.local.operator.as_str()), (10, "127.0.0.1:9090"));
    let account = &config.accounts["acme-facebook"];
    assert_eq!(account.secrets["app_secrets"], ["env:NEW", "env:OLD"]);
    assert_eq!(account.settings, serde_json::json!({ "page_id": "1001" }));
    assert_eq!(account.policy().tags, ["deskbridge", "deskbridge_facebook", "vip"]);
    assert_eq!(account.grace.as_secs(), 7 * 24 * 3600);
}

#[test]
fn how_replies_look_is_read_and_its_mistakes_are_told() {
    use deskbridge_core::style::{Preflight, Signature};
    let with = |lines: &str| Config::parse(&GOOD.replace("tags =", &format!("{lines}\ntags =")));
    let config = with(
        "signature = \"caret\"\naliases = { \"Ana Lopez\" = \"Annie\" }\npreflight = \"hold\"\norder_numbers = [\"AC-####\"]",
    )
    .unwrap();
    let style = config.accounts["acme-facebook"].policy().style;
    assert_eq!((style.signature, style.preflight), (Signature::Caret, Preflight::Hold));
    assert_eq!((style.aliases["Ana Lopez"].as_str(), style.order_numbers.len()), ("Annie", 1));
    for (lines, path, words) in [
        ("signature = \"dash\"", "signature", "\"caret\""),
        ("signature = 1", "signature", "\"none\""),
        ("aliases = [\"Ana\"]", "aliases", "Ana Lopez"),
        ("aliases = { Ana = \" \" }", "aliases", "1 to 40"),
        ("preflight = true", "preflight", "\"warn\""),
        ("order_numbers = [\"##\"]", "order_numbers", "four"),
    ] {
        let problems = with(lines).unwrap_err();
        assert_eq!(problems.len(), 1, "{lines}: {problems:?}");
        let told = problems[0].to_string();
        assert!(
            told.starts_with(&format!("accounts.acme-facebook.{path}: ")) && told.contains(words),
            "{told}"
        );
    }
}

#[test]
fn every_mistake_is_told_at_once_with_its_path_and_what_to_do() {
    let text = GOOD
        .replace("page_id", "pageid")
        .replace("verify_tokens = \"env:VERIFY\"\n", "")
        .replace("\"env:ZENDESK\"", "\"hunter2\"")
        .replace("helpdesk = \"acme-zendesk\"", "helpdesk = \"acme-zendsk\"")
        .replace("[\"env:NEW\", \"env:OLD\"]", "[]")
        .replace("grace_days = 7", "grace_days = -1")
        .replace("[local]", "[locale]")
        + "[accounts.Other]\nkind = \"fax\"\n";
    let problems: Vec<String> = Config::parse(&text).unwrap_err().iter().map(ToString::to_string).collect();
    for (path, words) in [
        ("locale", "did you mean `local`?"),
        ("accounts.acme-facebook.pageid", "did you mean `page_id`?"),
        ("accounts.acme-facebook.page_id", "missing"),
        ("accounts.acme-facebook.verify_tokens", "missing"),
        ("accounts.acme-facebook.app_secrets", "empty list"),
        ("accounts.acme-facebook.grace_days", "from 0 to 365"),
        ("accounts.acme-facebook.helpdesk", "no account `acme-zendsk`"),
        ("accounts.acme-zendesk.client_secret", "not a reference to a secret"),
        ("accounts.Other", "not a usable name"),
        ("accounts.Other.kind", "no connector \"fax\""),
    ] {
        let found = problems.iter().any(|one| one.starts_with(&format!("{path}: ")) && one.contains(words));
        assert!(found, "{path}: {words} is not among\n{}", problems.join("\n"));
    }
    assert_eq!(problems.len(), 10, "{}", problems.join("\n"));
    assert!(!problems.join("\n").contains("hunter2"));
}

#[test]
fn no_accounts_and_no_toml_are_mistakes_too() {
    assert_eq!(Config::parse("").unwrap_err()[0].path, "accounts");
    assert_eq!(Config::parse("[local]\n[[[").unwrap_err()[0].path, "line 2");
}

#[test]
fn what_is_done_with_files_is_the_owners_choice() {
    let files = |platform: &str, helpdesk: &str| {
        let text = GOOD
            .replace("grace_days = 7", platform)
            .replace("client_id =", &format!("{helpdesk}\nclient_id ="));
        Config::parse(&text).map(|config| {
            let policies = ["acme-facebook", "acme-zendesk"].map(|name| config.accounts[name].policy().files);
            let [platform, helpdesk] = policies;
            (platform, helpdesk.refused_types)
        })
    };
    let (usual, refused) = files("", "").unwrap();
    assert!(usual.copy && !usual.copy_ephemeral && !usual.as_links);
    assert!(refused.contains("exe") && refused.contains("svg") && !refused.contains("zip"));
    let chosen = "files = \"link\"\nephemeral_files = \"copy\"\nfiles_max_mb = 5\nfiles_as_links = true";
    let (other, refused) = files(chosen, "refused_file_types = [\"zip\"]").unwrap();
    assert!(!other.copy && other.copy_ephemeral && other.as_links);
    assert_eq!(other.bytes_max, 5 * 1024 * 1024);
    assert_eq!(refused, RefusedTypes::Chosen(vec!["zip".to_owned()]));
    for (platform, helpdesk) in [
        ("files = \"yes\"", ""),
        ("ephemeral_files = true", ""),
        ("files_max_mb = 0", ""),
        ("files_as_links = \"yes\"", ""),
        ("refused_file_types = []", ""),
        ("", "refused_file_types = [\".exe\"]"),
        ("", "files = \"copy\""),
    ] {
        assert_eq!(files(platform, helpdesk).unwrap_err().len(), 1, "{platform} {helpdesk}");
    }
}

#[test]
fn whether_settings_fit_is_found_out_as_the_schema_has_it() {
    for registration in deskbridge_connectors::REGISTRY {
        let (kind, fits) = (registration.kind, registration.fits);
        let schema = serde_json::Value::from((registration.settings)());
        let sample = (registration.sample_settings)();
        assert!(fits(&sample), "{kind}");
        let changed = |change: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)| {
            let mut settings = sample.clone();
            change(settings.as_object_mut().unwrap());
            settings
        };
        assert!(!fits(&changed(&|settings| drop(settings.insert("unknown".into(), 1.into())))), "{kind}");
        for required in schema["required"].as_array().into_iter().flatten().filter_map(|key| key.as_str()) {
            assert!(!fits(&changed(&|settings| drop(settings.remove(required)))), "{kind} {required}");
        }
        // A key that meant two things would be kept from one of them.
        let own = schema["properties"].as_object().unwrap();
        let shared = account::other_keys(registration).find(|key| own.contains_key(*key));
        assert_eq!(shared, None, "{kind}");
    }
}
