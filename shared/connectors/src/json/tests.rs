//! What is found in bodies, and what is read from them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::*;

/// The same value again, put together from its parts.
fn rebuilt(part: Part<'_>) -> Value {
    if let Some(items) = part.items() {
        return items.map(rebuilt).collect();
    }
    if part.is_object() {
        let field = |(name, value): (Part<'_>, Part<'_>)| (name.text().unwrap().into_owned(), rebuilt(value));
        return Value::Object(part.fields().map(field).collect::<Map<_, _>>());
    }
    part.text().map_or_else(|| part.read().unwrap(), |text| Value::String(text.into_owned()))
}

#[test]
fn every_value_is_found_where_it_stands() {
    for text in [
        r#"{"a":[1,-2.5e3,[],{},"x"],"b":{"c":null,"d":true},"":""}"#,
        " { \"a\" : [ 1 , { \"b\" : \"}]\\\"\\\\\" } ]\r\n, \"\\u0062\\n\" : \"caf\u{e9} \\ud83d\\ude00\" }\t",
        r#"["\\","\"",[[[["deep"]]]]]"#,
        r#""text""#,
        "7",
        " null ",
    ] {
        let json = Json::of(text.as_bytes()).unwrap();
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(rebuilt(json.root()), value, "{text}");
        assert_eq!(json.root().raw(), text.trim());
        assert_eq!(read::<Value>(text.as_bytes()).unwrap(), value, "{text}");
    }
}

/// Changed by a byte here and there, a body is JSON or not; `serde_json` is the judge.
#[test]
fn what_is_no_json_is_refused() {
    let good = r#" {"a":[1,-2.5e3,{}],"b\u00e9\\":"c\"","":[[],null,true] } "#;
    let others =
        ["", "{", "[}", "{]", "[1,]", "{,}", "nul", "01", "{} {}", "\"\n\"", "\"\\x\"", "\"\\", "[\"\\\"]"];
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    let agrees = |text: &str| assert_eq!(Json::of(text.as_bytes()).is_ok(), is_json(text), "{text}");
    others.into_iter().for_each(agrees);
    for at in 0..good.len() {
        agrees(&good[..at]);
        for byte in " {}[]\":,\\0-e.nx\u{1}".chars() {
            agrees(&format!("{}{byte}{}", &good[..at], &good[at..]));
            agrees(&format!("{}{byte}{}", &good[..at], &good[at + 1..]));
        }
    }
    assert!(Json::of(b"\"\xff\"").is_err());
}

#[test]
fn a_name_stands_for_what_is_under_it_once() {
    let json =
        Json::of(br#"{"a":1,"twice":1,"twice":[2],"\u006cist":[3],"none":null,"in":{"a":2}}"#).unwrap();
    let root = json.root();
    assert_eq!(root.get("a").map(Part::raw), Some("1"));
    assert_eq!(root.get("list").map(Part::raw), Some("[3]"));
    assert!(root.get("twice").is_none() && root.has("twice") && root.list("twice").is_none());
    assert_eq!(root.under("twice").map(Part::raw).collect::<Vec<_>>(), ["1", "[2]"]);
    assert_eq!(root.list("list").map(|items| items.map(Part::raw).collect()), Some(vec!["3"]));
    assert!(root.list("none").is_some_and(|items| items.is_empty()));
    assert!(root.list("absent").is_some_and(|items| items.is_empty()));
    assert!(root.list("a").is_none() && root.get("a").unwrap().list("absent").is_none());
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Typed {
    #[serde(deserialize_with = "lenient")]
    text: Option<String>,
    #[serde(deserialize_with = "lenient")]
    number: Option<u8>,
    #[serde(deserialize_with = "lenient")]
    inner: Option<Box<Typed>>,
    #[serde(deserialize_with = "several")]
    numbers: Vec<u8>,
    #[serde(deserialize_with = "first")]
    word: Option<String>,
    free: Option<Value>,
}

#[test]
fn an_unexpected_shape_spoils_nothing_but_itself() {
    let typed = |value: &Value| read::<Typed>(value.to_string().as_bytes());
    let good = json!({"text": "caf\u{e9}\n", "number": 7, "inner": {"number": 8}, "free": {"a": [1]}});
    let inner = Some(Box::new(Typed { number: Some(8), ..Typed::default() }));
    let (text, free) = (Some("caf\u{e9}\n".to_owned()), Some(json!({"a": [1]})));
    let wanted = Typed { text, number: Some(7), inner, free, ..Typed::default() };
    assert_eq!(typed(&good).unwrap(), wanted);
    for odd in
        [json!(null), json!([]), json!({}), json!(256), json!(-1), json!(1.5), json!(true), json!([{}])]
    {
        let body =
            json!({"text": odd, "number": odd, "inner": [odd], "numbers": odd, "word": odd, "other": odd});
        assert_eq!(typed(&body).unwrap(), Typed::default(), "{odd}");
    }
    let lists = json!({"numbers": [1, "two", 256, [3], 4], "word": [7, null, "yes", "no"]});
    let wanted = Typed { numbers: vec![1, 4], word: Some("yes".to_owned()), ..Typed::default() };
    assert_eq!(typed(&lists).unwrap(), wanted);
    // A half of a character can be kept as it stands, and cannot be read.
    assert_eq!(read::<Typed>(br#"{"text":"\ud83d","number":1e999}"#).unwrap(), Typed::default());
    assert!(typed(&json!([7])).is_err() && typed(&json!("text")).is_err());
}

#[test]
fn deep_nests_do_no_harm() {
    let deep = format!(r#"{{"inner":{}1{},"number":7}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read::<Typed>(deep.as_bytes()).unwrap().number, Some(7));
    let free = deep.replace("inner", "free");
    assert!(read::<Typed>(free.as_bytes()).is_err());
}

#[test]
fn tolerant_types_are_read_in_this_way_only() {
    assert!(serde_json::from_str::<Typed>(r#"{"text":"a"}"#).is_err());
}
