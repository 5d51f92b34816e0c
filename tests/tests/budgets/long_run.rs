//! What a long conversation costs: it signs in once, and its item grows by what may still be redelivered.

use deskbridge_tests::{Desk, House};

use crate::ALONE;
use crate::stage::Stage;
use crate::surfaces::WAYS;

/// Questions and answers of one hour.
const EXCHANGES: usize = 30;
/// The most bytes of an item with all of them. Young ids are never forgotten, so the ring grows beyond its 64 entries.
const ITEM_BYTES_MAX: usize = 2_048;

#[tokio::test]
async fn sixty_messages_in_one_hour_sign_in_once_and_need_two_kilobytes() {
    let _alone = ALONE.lock().await;
    for desk in Desk::BOTH {
        let house = House::open().await;
        let stage = Stage::open(&house, desk, &WAYS[0]);
        let (mut sign_ins, mut largest) = (0, 0);
        for nth in 0..EXCHANGES {
            stage.write(&format!("Question {nth}"), None);
            let question = stage.settle().await;
            stage.agent("reply", &format!("Answer {nth}"));
            let answer = stage.settle().await;
            let posted = answer.platform.iter().filter(|call| call.starts_with("POST ")).count();
            assert_eq!(posted, 1, "{desk:?}: answer {nth}: {answer:?}");
            sign_ins += question.sign_ins + answer.sign_ins;
            largest = largest.max(answer.item_bytes);
        }
        // Freshdesk takes the key itself with each call.
        assert_eq!(sign_ins, usize::from(desk == Desk::Zendesk));
        assert!(largest <= ITEM_BYTES_MAX, "{desk:?}: {largest} B");
    }
}
