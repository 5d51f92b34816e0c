//! Whether a binary starts in Lambda: one that was linked on a system newer than Amazon Linux 2023 may not.

use crate::shell::Trouble;

/// What `provided.al2023` has.
const LAMBDA_HAS: (u32, u32) = (2, 34);

/// Refuses a binary that needs a newer C library than Lambda has.
pub(crate) fn check(function: &str, binary: &[u8]) -> Result<(), Trouble> {
    let Some(needed) = newest(binary).filter(|needed| *needed > LAMBDA_HAS) else { return Ok(()) };
    let (has, needed) = (told(LAMBDA_HAS), told(needed));
    Err(Trouble::new(format!(
        "{function} needs glibc {needed}, and Lambda (provided.al2023) has {has}: it would not start there. Build on a system that \
         is not newer, in a container of amazonlinux:2023 or debian:12 for instance"
    )))
}

/// The newest version of the C library that the binary names.
fn newest(binary: &[u8]) -> Option<(u32, u32)> {
    const NAME: &[u8] = b"GLIBC_";
    let names = binary.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    names.filter_map(|(at, _)| version(&binary[at + NAME.len()..])).max()
}

/// A version that ends as names of versions do: with a zero.
fn version(bytes: &[u8]) -> Option<(u32, u32)> {
    let end = bytes.iter().take(12).position(|byte| *byte == 0)?;
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn told((major, minor): (u32, u32)) -> String {
    format!("{major}.{minor}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_decides_and_other_names_do_not_matter() {
        let old = b"\0GLIBC_2.2.5\0memcpy\0GLIBC_2.34\0GLIBC_PRIVATE\0 GLIBC_2.99 in a text";
        assert_eq!(newest(old), Some((2, 34)));
        assert!(check("deskbridge-relay", old).is_ok());
        let new = b"GLIBC_2.4\0GLIBC_2.38\0";
        let why = check("deskbridge-relay", new).expect_err("too new").to_string();
        assert!(why.contains("needs glibc 2.38") && why.contains("has 2.34"), "{why}");
        assert!(check("static", b"no names at all").is_ok());
    }
}
