//! The `@name` at the beginning of a reply to a reply. Threads have one level, so that is how Instagram's own apps say, and
//! let the person know, who is meant.

/// The longest `@name` with the space after it: names have up to 30 characters.
pub(super) const LENGTH_MAX: usize = 32;

/// The text addressed to somebody, unless it already begins with a name.
pub(super) fn addressed(name: &str, text: &str) -> String {
    if is_name(name) && !text.trim_start().starts_with('@') {
        format!("@{name} {text}")
    } else {
        text.to_owned()
    }
}

/// Whom a text is addressed to, and the rest of it.
pub(super) fn taken_apart(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.trim_start().strip_prefix('@')?.split_once(char::is_whitespace)?;
    is_name(name).then(|| (name, rest.trim_start()))
}

/// The text without the name at its beginning.
pub(super) fn bare(text: &str) -> &str {
    taken_apart(text).map_or(text, |(_, rest)| rest)
}

fn is_name(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    !text.is_empty() && text.len() < LENGTH_MAX - 1 && text.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_put_on_and_taken_off() {
        assert_eq!(addressed("ann.lee_7", "Yes.\nTomorrow"), "@ann.lee_7 Yes.\nTomorrow");
        assert_eq!(addressed("ann", "@bob come here"), "@bob come here");
        assert_eq!(addressed("no name", "Yes"), "Yes");
        assert_eq!(taken_apart("@ann.lee_7  Yes.\nTomorrow"), Some(("ann.lee_7", "Yes.\nTomorrow")));
        for text in ["Yes", "@ann", "@", "@ann! hi", "mail@acme.com now", ""] {
            assert_eq!((taken_apart(text), bare(text)), (None, text));
        }
        let longest = "a".repeat(30);
        assert_eq!(addressed(&longest, "").len(), LENGTH_MAX);
        assert_eq!(addressed(&format!("{longest}a"), "x"), "x");
    }
}
