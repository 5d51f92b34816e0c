//! Recognising our own text when a platform gives it back.

/// The text as it compares: line ends, runs of whitespace and the ends do not count, because platforms change them.
#[must_use]
pub fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A short name for what the text says: equal for texts whose [`normal`] forms are equal. Small enough for the ledger,
/// which keeps no text.
#[must_use]
pub fn fingerprint(text: &str) -> u64 {
    crate::digest(&[&normal(text)])
}

#[cfg(test)]
mod tests {
    use super::{fingerprint, normal};

    #[test]
    fn whitespace_does_not_count() {
        let ours = "Hi Kim,\n\nyour parcel  is on its way.";
        for published in
            ["Hi Kim,\r\n\r\nyour parcel is on its way.\n", " Hi Kim, your parcel is\u{a0}on its way."]
        {
            assert_eq!(normal(published), normal(ours));
            assert_eq!(fingerprint(published), fingerprint(ours));
        }
        assert_eq!(normal(" \r\n "), "");
    }

    #[test]
    fn words_do() {
        assert_ne!(fingerprint("Yes."), fingerprint("Yes"));
        assert_ne!(fingerprint("a b"), fingerprint("ab"));
        assert_ne!(fingerprint("Да"), fingerprint("да"));
    }
}
