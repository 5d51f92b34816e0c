//! Numbers of cards, bank accounts and phones. Each is told from other numbers by its own checks: Luhn with the issuers' ranges and
//! groupings, the remainder of an IBAN, the forms in which phone numbers are written.

use super::Caution;

/// Digits of a card number.
const CARD: std::ops::RangeInclusive<usize> = 13..=19;
/// Digits of a phone number with its country.
const INTERNATIONAL: std::ops::RangeInclusive<usize> = 8..=15;
/// Digits of a phone number without it.
const NATIONAL: std::ops::RangeInclusive<usize> = 9..=12;
/// Characters of an IBAN (ISO 13616).
const IBAN: std::ops::RangeInclusive<usize> = 15..=34;
/// Prefixes of numbers that companies publish: free and shared-cost lines.
const SERVICE_LINES: [&str; 14] = [
    "0800", "0180", "0900", "0808", "0300", "1800", "1888", "1877", "1866", "1855", "1844", "1833", "800",
    "888",
];
/// Words before a number that say that it is a phone's.
const PHONE_WORDS: [&str; 12] = [
    "phone",
    "tel",
    "tel.",
    "call",
    "mobile",
    "cell",
    "whatsapp",
    "telefon",
    "handy",
    "anrufen",
    "téléphone",
    "teléfono",
];

/// What numbers are in the text.
pub(super) fn found(text: &str) -> Vec<Caution> {
    let mut found = Vec::new();
    for run in runs(text) {
        if run.is_card() {
            found.push(Caution::Card);
        } else if run.is_phone() {
            found.push(Caution::Phone);
        }
    }
    if has_iban(text) {
        found.push(Caution::Iban);
    }
    found
}

/// Groups of digits with what stands between them, as one number is written.
struct Run<'a> {
    /// Whether `+` stands before it.
    plus: bool,
    groups: Vec<&'a str>,
    /// The character between each group and the next; `(` and `)` count for nothing.
    between: Vec<char>,
    /// The word before it, in lower case.
    word: String,
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + offset;
        let (run, end) = run(text, start);
        at = end;
        runs.extend(run);
    }
    runs
}

/// The number that begins here, if it stands alone, and where it ends.
fn run(text: &str, start: usize) -> (Option<Run<'_>>, usize) {
    let (mut groups, mut between) = (Vec::new(), Vec::new());
    let mut at = start;
    loop {
        let length = text[at..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - at);
        groups.push(&text[at..at + length]);
        at += length;
        let gap: String = text[at..].chars().take(3).take_while(|c| !c.is_ascii_digit()).collect();
        let next = text[at + gap.len()..].starts_with(|c: char| c.is_ascii_digit());
        let mark = match gap.as_str() {
            " " | "\u{a0}" | ") " | " (" | ")" => ' ',
            "-" | "\u{2011}" => '-',
            "." => '.',
            "/" | " / " => '/',
            _ => break,
        };
        if !next {
            break;
        }
        between.push(mark);
        at += gap.len();
    }
    let mut before = text[..start].trim_end_matches('(');
    let plus = before.ends_with('+');
    before = before.trim_end_matches('+');
    let alone =
        |c: char| !(c.is_alphanumeric() || matches!(c, '#' | '_' | '-' | '@' | '/' | '.' | ',' | '№'));
    let money = |c: char| matches!(c, '$' | '€' | '£' | '¥' | '%');
    let stands_alone = before.chars().next_back().is_none_or(|c| alone(c) && !money(c))
        && text[at..].chars().next().is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '@' | '%')));
    let word = before.trim_end_matches(|c: char| c.is_whitespace() || c == ':');
    let word = word.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    (stands_alone.then_some(Run { plus, groups, between, word }), at)
}

impl Run<'_> {
    fn digits(&self) -> String {
        self.groups.concat()
    }

    fn sizes(&self) -> Vec<usize> {
        self.groups.iter().map(|group| group.len()).collect()
    }

    fn is_card(&self) -> bool {
        let digits = self.digits();
        let grouped =
            matches!(self.sizes().as_slice(), [_] | [4, 4, 4, 1..=4] | [4, 4, 4, 4, 3] | [4, 6, 4 | 5]);
        let evenly = self.between.windows(2).all(|pair| pair[0] == pair[1])
            && self.between.iter().all(|mark| matches!(mark, ' ' | '-'));
        !self.plus && grouped && evenly && CARD.contains(&digits.len()) && is_issued(&digits) && luhn(&digits)
    }

    fn is_phone(&self) -> bool {
        let digits = self.digits();
        if self.is_date() || self.is_service_line(&digits) {
            return false;
        }
        let sizes = self.sizes();
        if self.plus {
            return INTERNATIONAL.contains(&digits.len()) && !digits.starts_with('0');
        }
        let named = PHONE_WORDS.contains(&self.word.as_str());
        let spaced = self.groups.len() > 1 && sizes[0] >= 2;
        let pairs = sizes == [2; 5] && self.between.windows(2).all(|pair| pair[0] == pair[1]);
        let undotted =
            !self.between.contains(&'.') && self.between.iter().filter(|c| **c == '/').count() <= 1;
        if let Some(rest) = digits.strip_prefix("00") {
            return (named || spaced && undotted)
                && INTERNATIONAL.contains(&rest.len())
                && !rest.starts_with('0');
        }
        if digits.starts_with('0') {
            return NATIONAL.contains(&digits.len()) && (named || pairs || spaced && undotted);
        }
        let american = |groups: &[&str]| {
            let begins = |group: &&str| group.starts_with(|c: char| matches!(c, '2'..='9'));
            groups.iter().map(|group| group.len()).eq([3, 3, 4]) && groups.iter().take(2).all(begins)
        };
        american(&self.groups)
            || self.groups.first() == Some(&"1") && american(&self.groups[1..])
            || named && NATIONAL.contains(&digits.len())
    }

    /// `27.11.2026`, `2026-11-27`, with a time or anything else behind it.
    fn is_date(&self) -> bool {
        let sizes = self.sizes();
        let same = self.between.len() >= 2 && self.between[0] == self.between[1] && self.between[0] != ' ';
        let pairs = sizes == [2; 5];
        same && !pairs && matches!(sizes.as_slice(), [1 | 2, 1 | 2, 2 | 4, ..] | [4, 1 | 2, 1 | 2, ..])
    }

    fn is_service_line(&self, digits: &str) -> bool {
        let national = if self.plus { digits.get(2..).unwrap_or_default() } else { digits };
        SERVICE_LINES.iter().any(|line| digits.starts_with(line) || self.plus && national.starts_with(line))
    }
}

/// The card brands' ranges, with their lengths: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay.
fn is_issued(digits: &str) -> bool {
    let head = |length: usize| digits.get(..length).and_then(|head| head.parse::<u32>().ok()).unwrap_or(0);
    let length = digits.len();
    match digits.as_bytes().first() {
        Some(b'4') => matches!(length, 13 | 16 | 19),
        Some(b'5') => length == 16 && (51..=55).contains(&head(2)),
        Some(b'2') => length == 16 && (2221..=2720).contains(&head(4)),
        Some(b'3') => match head(2) {
            34 | 37 => length == 15,
            30 | 36 | 38 => length == 14,
            35 => length == 16 && (3528..=3589).contains(&head(4)),
            _ => false,
        },
        Some(b'6') => {
            let discover = head(4) == 6011 || head(2) == 65 || (644..=649).contains(&head(3));
            length == 16 && (discover || head(2) == 62) || head(2) == 62 && (17..=19).contains(&length)
        }
        _ => false,
    }
}

/// The check digit of cards (ISO/IEC 7812-1).
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            match (at % 2, digit * 2) {
                (0, _) => digit,
                (_, doubled) if doubled > 9 => doubled - 9,
                (_, doubled) => doubled,
            }
        })
        .sum();
    sum.is_multiple_of(10) && digits.bytes().any(|digit| digit != b'0')
}

/// Whether the text has an IBAN, written as one word or in groups of four.
fn has_iban(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    words.iter().enumerate().any(|(at, word)| begins_iban(word) && is_iban_from(&words[at..]))
}

fn begins_iban(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 4
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
}

fn is_iban_from(words: &[&str]) -> bool {
    let mut iban = String::new();
    for word in words {
        let fits = word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !fits || word.is_empty() || iban.len() + word.len() > *IBAN.end() {
            return false;
        }
        iban.push_str(word);
        if IBAN.contains(&iban.len()) && remainder(&iban) == 1 {
            return true;
        }
        if word.len() != 4 {
            return false;
        }
    }
    false
}

/// The IBAN modulo 97 with its first four characters behind the others, letters as 10 to 35.
fn remainder(iban: &str) -> u32 {
    iban.bytes().cycle().skip(4).take(iban.len()).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}
