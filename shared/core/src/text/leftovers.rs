//! Placeholders that a macro left unexpanded. Nobody wants to publish "Hi {{ticket.requester.first_name}}".

/// A placeholder is at most this long, in characters; anything longer is prose between braces.
const PLACEHOLDER_MAX: usize = 200;

/// The first unexpanded placeholder, `{{…}}` or `{%…%}` (Liquid, Handlebars), as it stands in the text. The reply is held
/// back then. Braces without a letter between them, or spread over several lines, are not placeholders.
#[must_use]
pub fn leftovers(plain: &str) -> Option<String> {
    plain.char_indices().filter(|(_, c)| *c == '{').find_map(|(start, _)| placeholder(&plain[start..]))
}

/// The placeholder that the text begins with.
fn placeholder(text: &str) -> Option<String> {
    let (open, close) = match text.as_bytes() {
        [b'{', b'{', b'{', ..] => ("{{{", "}}}"),
        [b'{', b'{', ..] => ("{{", "}}"),
        [b'{', b'%', ..] => ("{%", "%}"),
        _ => return None,
    };
    let window = text.char_indices().nth(PLACEHOLDER_MAX).map_or(text, |(end, _)| &text[..end]);
    let inner = &window[open.len()..open.len() + window[open.len()..].find(close)?];
    let looks_like_one = inner.contains(char::is_alphabetic) && !inner.contains('\n');
    looks_like_one.then(|| format!("{open}{inner}{close}"))
}

#[cfg(test)]
mod tests {
    use super::leftovers;

    #[test]
    fn placeholders_are_found() {
        let cases = [
            ("Hi {{ticket.requester.first_name}}, thanks!", Some("{{ticket.requester.first_name}}")),
            (
                "Hi {{ ticket.requester.name | default: \"there\" }}",
                Some("{{ ticket.requester.name | default: \"there\" }}"),
            ),
            ("{{{helpdesk_name}}} team", Some("{{{helpdesk_name}}}")),
            ("{{discount}}% off", Some("{{discount}}")),
            ("{% if ticket.priority %}now{% endif %}", Some("{% if ticket.priority %}")),
            ("Привет, {{имя}}", Some("{{имя}}")),
            ("{ {{dc.greeting}}", Some("{{dc.greeting}}")),
            ("f(x) = {{1, 2}, {3}}", None),
            ("a {{ b\nc }}", None),
            ("{single} and {{never closed", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(leftovers(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn many_braces_take_no_time() {
        assert_eq!(leftovers(&"{".repeat(100_000)), None);
        assert_eq!(leftovers(&"{{ ".repeat(30_000)), None);
    }
}
