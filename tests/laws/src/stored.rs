//! What is stored and queued: read whole or refused, and written as it was read.

use deskbridge_core::Conversation;
use deskbridge_engine::Envelope;

/// An item as it is, and without the checksum that no change of it would survive.
pub(crate) fn check_item(data: &[u8]) {
    let unsummed = [&[1], data].concat();
    for bytes in [data, unsummed.as_slice()] {
        let Ok(item) = Conversation::decode(bytes) else { continue };
        let written = item.encode();
        assert_eq!(Conversation::decode(&written).as_ref(), Ok(&item), "{item:?}");
        assert!(Conversation::decode(&written[..written.len() - 1]).is_err(), "a cut item is read");
    }
}

/// A queue message.
pub(crate) fn check_envelope(data: &[u8]) {
    let Ok(envelope) = Envelope::decode(&String::from_utf8_lossy(data)) else { return };
    let written = envelope.encode();
    assert!(written.bytes().all(|byte| (0x20..=0x7f).contains(&byte)), "{written:?}");
    assert_eq!(Envelope::decode(&written).as_ref(), Ok(&envelope), "{written}");
}

/// The frozen items of every format, whole and without their frame.
pub(crate) fn items() -> Vec<Vec<u8>> {
    let frozen = [include_str!("../../frozen/items-1.txt"), include_str!("../../frozen/items-2.txt")];
    let hex = frozen.iter().flat_map(|file| file.lines()).filter_map(|line| line.split_once(' '));
    let whole: Vec<Vec<u8>> = hex.filter_map(|(_, hex)| hex::decode(hex).ok()).collect();
    let bare = whole.iter().filter(|item| item.first() == Some(&1)).map(|item| item[1..].to_vec());
    bare.chain(whole.iter().cloned()).collect()
}

/// The frozen queue messages of every format.
pub(crate) fn envelopes() -> Vec<Vec<u8>> {
    let frozen = [include_str!("../../frozen/envelopes-1.txt"), include_str!("../../frozen/envelopes-2.txt")];
    frozen.iter().flat_map(|file| file.lines()).map(|line| line.as_bytes().to_vec()).collect()
}
