//! The pictures in what an agent's editor made.

use scraper::{Html, Node};

use super::prune;

/// The addresses of the pictures that belong to a reply, in order: not those of signatures, of quoted history, or hidden.
#[must_use]
pub fn images(html: &str) -> Vec<String> {
    if !html.contains("<img") {
        return Vec::new();
    }
    let mut page = Html::parse_fragment(html);
    prune::page(&mut page);
    let delimits =
        |node: &Node| node.as_text().is_some_and(|text| matches!(text.trim_end(), "--" | "\u{2014}"));
    let nodes = page.root_element().descendants().take_while(|node| !delimits(node.value()));
    let images = nodes.filter_map(|node| node.value().as_element().filter(|element| element.name() == "img"));
    images.filter_map(|image| image.attr("src")).map(|src| src.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::images;

    #[test]
    fn only_what_the_agent_shows_counts() {
        let html = "<p>See <img src=\"https://a.example/1?x=1&amp;y=2\"> and <IMG SRC=' https://a.example/2 '></p>\
                    <div style=\"display: none\"><img src=\"https://track.example/3\"></div>\
                    <div class=\"gmail_signature\"><img src=\"https://a.example/logo\"></div>\
                    <p>--</p><p><img src=\"https://a.example/logo\"></p>";
        assert_eq!(images(html), ["https://a.example/1?x=1&y=2", "https://a.example/2"]);
        assert_eq!(images("<p>2 < 3</p>"), [""; 0]);
    }
}
