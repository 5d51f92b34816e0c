//! What is found, and what must not be.

use super::*;

fn look(surface: Surface) -> Vec<OrderNumber> {
    let _ = surface;
    vec![OrderNumber::read("ACME-######").unwrap()]
}

fn on(surface: Surface, text: &str) -> Vec<Caution> {
    let order_numbers = look(surface);
    cautions(text, &Look { surface, order_numbers: &order_numbers, links_cost: false, parts: 1 })
}

#[test]
fn personal_data_is_found() {
    for (text, wanted) in [
        ("Your card 4111 1111 1111 1111 was charged.", Caution::Card),
        ("card 4111111111111111", Caution::Card),
        ("5500-0055-5555-5559", Caution::Card),
        ("Amex 3714 496353 98431.", Caution::Card),
        ("(6011 1111 1111 1117)", Caution::Card),
        ("to DE89 3704 0044 0532 0130 00 please", Caution::Iban),
        ("IBAN: GB82WEST12345698765432", Caution::Iban),
        ("NL91ABNA0417164300.", Caution::Iban),
        ("call Tom at +49 151 23456789", Caution::Phone),
        ("+1 (212) 555-0123", Caution::Phone),
        ("(212) 555-0123", Caution::Phone),
        ("212-555-0123", Caution::Phone),
        ("1-212-555-0123", Caution::Phone),
        ("020 7946 0958", Caution::Phone),
        ("0151 23456789", Caution::Phone),
        ("030/1234567", Caution::Phone),
        ("01 23 45 67 89", Caution::Phone),
        ("01.23.45.67.89", Caution::Phone),
        ("0049 151 2345678", Caution::Phone),
        ("tel: 015123456789", Caution::Phone),
        ("+81 3-1234-5678", Caution::Phone),
        ("we wrote to paula.novak+shop@mail.example.org.", Caution::Email),
        ("<mei@example.co.uk>", Caution::Email),
        ("order ACME-123456 is on its way", Caution::OrderNumber),
        ("(acme-123456)", Caution::OrderNumber),
        ("Please send us your order number.", Caution::Asked),
        ("What is your order number?", Caution::Asked),
        ("Hi!\nCould you tell us your phone number?", Caution::Asked),
        ("Bitte nennen Sie uns Ihre Bestellnummer.", Caution::Asked),
        ("Merci de nous donner votre numéro de commande.", Caution::Asked),
        ("¿Cuál es su número de pedido?", Caution::Asked),
    ] {
        assert_eq!(on(Surface::Public, text), [wanted], "{text}");
    }
}

#[test]
fn ordinary_numbers_and_words_are_not_personal_data() {
    for text in [
        "",
        "Yes, until noon.",
        "It arrives on 27.11.2026 10:30.",
        "01.12.2026 10 o'clock",
        "2026-11-27 1015",
        "01/12/2026 10 am",
        "01-12-2026 10 pm",
        "1.234,56 € or $1,234,567.89",
        "It costs 4 500 000 000 000 000 rupiah",
        "tracking number 00340434161234567890",
        "tracking 0034 0434 1612 3456 7890",
        "1Z999AA10123456784 (UPS)",
        "parcel RR123456785DE",
        "JJD000390007882214412",
        "ticket #123456789012",
        "ticket 123456789012",
        "order 302-1234567-1234567",
        "order 4111111111111112 fails the check of cards",
        "id 1234567812345670",
        "ISBN 978-3-16-148410-0",
        "serial 123-456-7890",
        "version 10.0.19045.3693",
        "192.168.100.200",
        "We are here 24/7, 365 days, 9-17 h.",
        "call our free line 0800 123 4567 or 1-800-555-0199",
        "+1 800 555 0199",
        "+44 800 123 4567",
        "https://acme.example/orders/4111111111111111?tel=+4915123456789",
        "write to support@acme.example or Hello@acme.example",
        "see @acme and @paula.novak",
        "a@b",
        "5 @ 3.50",
        "DE12 is a postcode, GB00 another",
        "AB12 CDEF GHIJ KLMN OPQR",
        "ACME-12345 and ACME-1234567 are no order numbers, XACME-123456 neither",
        "Please send us a direct message with your order number.",
        "Please DM us your order number and your phone number.",
        "Could you send your order number through this form? https://acme.example/form",
        "Please check your email address in the settings.",
        "Never share your password!",
        "We found your order number.",
        "2^10 = 1024, pi is 3.14159265358979",
        "٠١٢٣٤٥٦٧٨٩٠١٢٣",
        "日本 2026年11月27日 10時",
    ] {
        assert_eq!(on(Surface::Public, text), [], "{text}");
    }
}

#[test]
fn a_direct_message_may_say_all_but_a_card_number() {
    for text in ["paula@example.org", "+49 151 23456789", "What is your order number?", "ACME-123456"] {
        assert_eq!(on(Surface::Direct, text), [], "{text}");
    }
    assert_eq!(on(Surface::Direct, "4111 1111 1111 1111"), [Caution::Card]);
}

#[test]
fn several_findings_are_told_once_each_and_in_order() {
    let text = "paula@example.org, tom@example.org, 4111111111111111, +49 151 23456789";
    assert_eq!(on(Surface::Public, text), [Caution::Card, Caution::Phone, Caution::Email]);
}

#[test]
fn links_and_many_parts_are_told_where_they_matter() {
    let look = Look { surface: Surface::Public, order_numbers: &[], links_cost: true, parts: 3 };
    assert_eq!(cautions("see https://acme.example", &look), [Caution::Link, Caution::Parts]);
    assert_eq!(cautions("see https://acme.example", &Look { surface: Surface::Direct, ..look }), []);
    assert_eq!(cautions("no link", &Look { parts: 2, ..look }), []);
}

#[test]
fn patterns_need_enough_digits() {
    for (pattern, fits) in
        [("ACME-######", true), ("####", true), ("A###", false), ("", false), ("A ####", false)]
    {
        assert_eq!(OrderNumber::read(pattern).is_some(), fits, "{pattern}");
    }
}

#[test]
fn lost_formatting_is_told() {
    let row = "<table><tr><td>Size</td><td>Price</td></tr></table>";
    for (html, wanted) in [
        ("<p>Hello</p>", &[][..]),
        (row, &[Caution::Table]),
        ("<table><tr><td>layout</td></tr></table>", &[]),
        ("<img src='https://a.example/x.png'>", &[Caution::Image]),
        ("<img src='x' alt='photo.PNG'>", &[Caution::Image]),
        ("<img src='x' alt=':-)'>", &[]),
        ("<div class='freshdesk_signature'><img src='logo.png'></div>Hello", &[]),
        ("Hello &lt;img", &[]),
    ] {
        assert_eq!(shape(html, false), wanted, "{html}");
    }
    assert_eq!(shape("<img src='x'>", true), [], "it is carried as a file");
}

proptest::proptest! {
    #[test]
    fn nothing_panics(text in "(\\PC|[0-9 +()./@-]{1,6}){0,60}") {
        let _ = on(Surface::Public, &text);
        let _ = shape(&text, false);
    }
}
