//! What of an editor's formatting no platform shows.

use scraper::Html;

use super::Caution;
use crate::text::plain::{alternative, is_data};
use crate::text::prune;
use crate::text::shallow::shallow;

/// What of the reply's formatting is lost in a way that matters: a table, a picture in the text. Pictures count only if
/// `carried` says that no files come with the reply.
#[must_use]
pub fn shape(html: &str, carried: bool) -> Vec<Caution> {
    if !html.contains("<table") && !html.contains("<img") {
        return Vec::new();
    }
    let mut page = Html::parse_fragment(&shallow(html));
    prune::page(&mut page);
    let elements = || page.root_element().descendent_elements();
    let table = elements().any(|element| element.value().name() == "tr" && is_data(element));
    let image = elements().any(|element| element.value().name() == "img" && alternative(element).is_empty());
    let mut found = Vec::new();
    found.extend(table.then_some(Caution::Table));
    found.extend((image && !carried).then_some(Caution::Image));
    found
}
