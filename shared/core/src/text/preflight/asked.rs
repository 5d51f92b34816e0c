//! Addresses of e-mail, and questions after what others should not read.

/// Addresses that companies publish.
const ROLES: [&str; 24] = [
    "support",
    "help",
    "info",
    "contact",
    "service",
    "hello",
    "hi",
    "team",
    "sales",
    "press",
    "office",
    "customer",
    "customerservice",
    "customercare",
    "care",
    "privacy",
    "noreply",
    "no-reply",
    "returns",
    "orders",
    "kontakt",
    "hilfe",
    "soporte",
    "contacto",
];

/// What is asked after, with whose it is.
const THINGS: [&str; 34] = [
    "your order number",
    "your order id",
    "your order no",
    "your booking number",
    "your customer number",
    "your account number",
    "your card number",
    "your phone number",
    "your mobile number",
    "your telephone number",
    "your email address",
    "your e-mail address",
    "your postal address",
    "your home address",
    "your delivery address",
    "your shipping address",
    "your full name",
    "your date of birth",
    "your iban",
    "your password",
    "ihre bestellnummer",
    "deine bestellnummer",
    "ihre kundennummer",
    "deine kundennummer",
    "ihre telefonnummer",
    "deine telefonnummer",
    "ihre adresse",
    "deine adresse",
    "votre numéro de commande",
    "votre numéro de téléphone",
    "votre adresse",
    "su número de pedido",
    "tu número de pedido",
    "su número de teléfono",
];

/// What makes a sentence a request.
const REQUESTS: [&str; 14] = [
    "please",
    "send us",
    "tell us",
    "give us",
    "share",
    "provide",
    "let us know",
    "what is",
    "what's",
    "bitte",
    "merci de",
    "s'il vous",
    "por favor",
    "can you",
];

/// What makes it another one: it leads to a private way, or asks to look.
const OTHERWISE: [&str; 26] = [
    "dm",
    "dms",
    "direct message",
    "private",
    "privately",
    "privat",
    "pm",
    "inbox",
    "messenger",
    "e-mail us",
    "email us",
    "call us",
    "\u{fffc}",
    "form",
    "check",
    "look",
    "find",
    "keep",
    "never",
    "do not",
    "don't",
    "message us",
    "en privé",
    "por privado",
    "mensaje directo",
    "not",
];

/// Whether somebody's address stands in the text.
pub(super) fn has_email(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | ':'))
        .any(is_personal_address)
}

fn is_personal_address(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let Some((local, domain)) = word.split_once('@') else { return false };
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let Some((host, top)) = domain.rsplit_once('.') else { return false };
    let is_domain = !host.is_empty()
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
        && top.chars().count() >= 2
        && top.chars().all(char::is_alphabetic);
    let is_role = ROLES.contains(&local.to_ascii_lowercase().as_str());
    !local.is_empty() && local.chars().all(legal) && is_domain && !is_role
}

/// Whether a sentence asks the customer for something that others should not read, and names no private way for it.
pub(super) fn asks(text: &str) -> bool {
    text.split_inclusive(['.', '!', '?', '\n']).any(|sentence| {
        let sentence = sentence.to_lowercase();
        let requested = sentence.trim_end().ends_with('?') || has_any(&sentence, &REQUESTS);
        has_any(&sentence, &THINGS) && requested && !has_any(&sentence, &OTHERWISE)
    })
}

/// Whether one of these stands in the text as words of its own.
fn has_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        text.match_indices(phrase).any(|(start, found)| {
            let letter = |c: char| c.is_alphanumeric();
            !text[..start].ends_with(letter) && !text[start + found.len()..].starts_with(letter)
        })
    })
}
