//! Webhooks of object `page`: comments and posts in `changes`, Messenger in `messaging`.

use super::feed;
use crate::meta::envelope::{self, Product};
use crate::{Inbound, Unreadable};

const PAGE: Product = Product { object: "page", change: feed::read };

/// Reads all events of a body. `own_page` is the owner of parts that do not say whose they are.
pub(super) fn parse(body: &[u8], own_page: &str) -> Result<Vec<Inbound>, Unreadable> {
    envelope::parse(body, own_page, PAGE)
}
