//! Whatever agents write: nothing is lost, nothing is posted by mistake, and no text that begins with a command goes out.

use deskbridge_core::command::is_command;
use deskbridge_core::text::plain;
use deskbridge_tests::{Desk, House};
use serde_json::json;

/// Generated inputs for each helpdesk and each surface.
const INPUTS: u64 = 50;

/// Chance with a seed: the same one draws the same.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const COMMANDS: [&str; 18] = [
    "/help",
    "/why",
    "/template x",
    "/private Hello",
    "/public Hello",
    "/hide",
    "/unhide",
    "/like",
    "/retry",
    "/resend",
    "/link 1",
    "/link",
    "/unlink",
    "/as @acme Hi",
    "/privat Hello",
    "/HIDE",
    "/public",
    "/nothing at all",
];
const WORDS: [&str; 14] = [
    "Hello",
    "until noon.",
    "see https://acme.example/a",
    "2^10",
    "/r/kettles",
    "a/b",
    "{{x.y}}",
    "שלום",
    "今日は",
    "👨‍👩‍👧",
    "4111 1111 1111 1111",
    "--",
    "&lt;b&gt;",
    "@acme",
];
const BEGINNINGS: [&str; 12] = [
    "",
    " ",
    "\u{a0}",
    "\n",
    "<br>",
    "<b></b>",
    "<p></p>",
    "\u{200b}",
    "<div>\u{a0}</div>",
    "\u{200f}",
    "\u{2060}",
    "\u{feff}",
];

/// An input as an editor may make it: words, a command, or something between.
fn input(chance: &mut Chance) -> String {
    let command = chance.one_of(&COMMANDS).to_owned();
    let words: Vec<&str> = (0..chance.below(4)).map(|_| chance.one_of(&WORDS)).collect();
    let words = words.join(" ");
    let begun = chance.one_of(&BEGINNINGS);
    match chance.below(6) {
        0 => words,
        1 => format!("{begun}{command}"),
        2 => format!("{begun}{command} {words}"),
        3 => format!("{words} {command}"),
        4 => changed(&command, chance),
        _ => format!("<p>{begun}{}</p><p>{words}</p>", changed(&command, chance)),
    }
}

/// A slip of the pen.
fn changed(command: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = command.chars().collect();
    let at = chance.below(letters.len());
    match chance.below(4) {
        0 => letters.insert(at, *['/', ' ', 'x', '\u{301}'].get(chance.below(4)).unwrap_or(&'x')),
        1 => {
            letters.remove(at);
        }
        2 => letters.insert(0, '/'),
        _ => letters.swap(0, at),
    }
    letters.into_iter().collect()
}

/// A text as a reader sees it begin.
fn seen(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || "\u{200b}\u{200f}\u{2060}\u{feff}".contains(c))
}

/// All that left the house: comments and direct messages.
fn sent(house: &House, desk: Desk) -> Vec<String> {
    let public = house.page_comments(desk.page()).into_iter().map(|(_, text)| text);
    public.chain(house.page_messages(desk.page(), desk.psid())).collect()
}

#[tokio::test]
async fn each_input_goes_out_or_is_told_and_no_command_goes_out() {
    for desk in Desk::BOTH {
        for public in [true, false] {
            let mut chance = Chance(7 + u64::from(public));
            for nth in 0..INPUTS {
                let house = House::open().await;
                if public {
                    desk.comment(&house, "Hello?")
                } else {
                    desk.message(&house, "Hello?")
                };
                house.settle().await;
                let ticket = desk.ticket(&house).id;
                let html = input(&mut chance);
                let note = nth % 2 == 0;
                let deed = if note { "note" } else { "reply" };
                // Helpdesks take no blank comments.
                if plain(&html).is_empty() {
                    continue;
                }
                house.act(desk.remote(&house), &json!({ "do": deed, "ticket": ticket, "html": html }));
                house.settle().await;
                let (out, view) = (sent(&house, desk), desk.ticket(&house));
                let what = format!("{desk:?} {deed} {html:?}: {out:?} {:?}", view.notes());
                for text in &out {
                    assert!(!is_command(text) && !seen(text).starts_with("/p"), "{what}");
                }
                assert!(out.len() <= 1, "twice: {what}");
                assert!(house.parked().await.is_empty() && house.quarantined().await.is_empty(), "{what}");
                let asks = is_command(&html);
                match (note, asks) {
                    // What is no command stays between agents.
                    (true, false) => assert_eq!((out.len(), view.notes().len()), (0, 0), "{what}"),
                    (false, true) => assert!(out.is_empty() && view.times_noted("HELD BACK") == 1, "{what}"),
                    _ => assert!(!out.is_empty() || !view.notes().is_empty(), "{what}"),
                }
            }
        }
    }
}
