//! The roots that Amazon Trust Services publishes for the endpoints of AWS, decoded by the compiler: to decode them anew was a
//! tenth of what a function computed before its first event.

use std::iter;

use rustls::pki_types::CertificateDer;

/// As they are published.
pub(crate) const PEM: &[u8] = include_bytes!("roots.pem");

const DER_BYTES: usize = decoded::<{ PEM.len() }>(PEM).1;
static DER: [u8; DER_BYTES] = decoded(PEM).0;

/// The certificates.
pub(crate) fn certificates() -> impl Iterator<Item = CertificateDer<'static>> {
    let mut rest = &DER[..];
    iter::from_fn(move || {
        // A sequence whose length takes two bytes, as that of every certificate of some size.
        let [0x30, 0x82, high, low, ..] = rest else { return None };
        let (one, others) = rest.split_at_checked(4 + usize::from(u16::from_be_bytes([*high, *low])))?;
        rest = others;
        Some(CertificateDer::from_slice(one))
    })
}

/// What stands between the lines that begin with a `-`, one after the other, and how many bytes that is.
const fn decoded<const BYTES_MAX: usize>(pem: &[u8]) -> ([u8; BYTES_MAX], usize) {
    let (mut bytes, mut length) = ([0; BYTES_MAX], 0);
    let (mut bits, mut bits_waiting) = (0_u32, 0);
    let mut at = 0;
    while at < pem.len() {
        if pem[at] == b'-' {
            while pem[at] != b'\n' {
                at += 1;
            }
            bits_waiting = 0;
        } else if let Some(six) = six_bits(pem[at]) {
            bits = bits << 6 | six;
            bits_waiting += 6;
            if bits_waiting >= 8 {
                bits_waiting -= 8;
                bytes[length] = (bits >> bits_waiting) as u8;
                length += 1;
            }
        }
        at += 1;
    }
    (bytes, length)
}

/// The value of a character of base64; line breaks and padding have none.
const fn six_bits(character: u8) -> Option<u32> {
    Some(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    #[test]
    fn the_compiler_decodes_what_is_published() {
        let published: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(PEM).collect();
        let published = published.expect("they are as they are published");
        assert_eq!(published.len(), 5);
        assert_eq!(certificates().collect::<Vec<_>>(), published);
    }
}
