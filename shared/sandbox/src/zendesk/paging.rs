//! Lists in pages: by cursor (`page[size]`) or by offset (`page`, `per_page`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE as BASE64;
use deskbridge_connectors::http::Url;

use super::call::{Call, Id};
use super::errors::Problem;
use crate::shown::{Shown, shown};

const LARGEST_PAGE: usize = 100;

/// The page of `rows` that the call asks for, as an object, not ended yet, that holds the views under `key`. Rows are in the order of
/// their ids, up or down; a cursor names an id, so rows that come or go between two calls disturb nothing.
pub(super) fn page<T>(
    call: &Call<'_>,
    key: &str,
    rows: &[T],
    id: impl Fn(&T) -> Id,
    view: impl Fn(&T) -> Shown,
) -> Result<Shown, Problem> {
    match call.query("page[size]") {
        Some(size) => {
            let size =
                size.parse().ok().filter(|size| (1..=LARGEST_PAGE).contains(size)).ok_or_else(|| {
                    Problem::bad_request("InvalidPaginationParameter", "page[size] must be between 1 and 100")
                })?;
            by_cursor(call, key, rows, size, id, view)
        }
        None => Ok(by_offset(call, key, rows, view)),
    }
}

fn by_cursor<T>(
    call: &Call<'_>,
    key: &str,
    rows: &[T],
    size: usize,
    id: impl Fn(&T) -> Id,
    view: impl Fn(&T) -> Shown,
) -> Result<Shown, Problem> {
    let rising = rows.first().map(&id) <= rows.last().map(&id);
    let before = |row: &T, mark: Id| if rising { id(row) < mark } else { id(row) > mark };
    let after = call.query("page[after]").map(|cursor| read_cursor(&cursor)).transpose()?;
    let until = call.query("page[before]").map(|cursor| read_cursor(&cursor)).transpose()?;
    let (start, end) = match (after, until) {
        (None, Some(mark)) => {
            let end = rows.iter().take_while(|row| before(row, mark)).count();
            (end.saturating_sub(size), end)
        }
        (after, _) => {
            let passed = |row: &&T| after.is_some_and(|mark| before(row, mark) || id(row) == mark);
            let start = rows.iter().take_while(passed).count();
            (start, (start + size).min(rows.len()))
        }
    };
    let shown = &rows[start..end];
    let has_more = if until.is_some() && after.is_none() { start > 0 } else { end < rows.len() };
    let (first, last) = (shown.first().map(&id).map(cursor), shown.last().map(&id).map(cursor));
    let link = |name: &str, cursor: &Option<String>| {
        cursor.as_ref().map(|cursor| with_query(call, &["page[after]", "page[before]"], name, cursor))
    };
    let next = if end < rows.len() { link("page[after]", &last) } else { None };
    let previous = if start > 0 { link("page[before]", &first) } else { None };
    let meta = shown!({"has_more": has_more, "after_cursor": last, "before_cursor": first});
    Ok(Shown::object()
        .with(key, &shown.iter().map(view).collect::<Vec<_>>())
        .with("meta", &meta)
        .with("links", &shown!({"next": next, "prev": previous})))
}

fn by_offset<T>(call: &Call<'_>, key: &str, rows: &[T], view: impl Fn(&T) -> Shown) -> Shown {
    let (page, size) = offset(call);
    let start = (page - 1).saturating_mul(size).min(rows.len());
    let end = (start + size).min(rows.len());
    let link = |page: usize| with_query(call, &["page"], "page", &page.to_string());
    Shown::object()
        .with(key, &rows[start..end].iter().map(view).collect::<Vec<_>>())
        .with("next_page", &(end < rows.len()).then(|| link(page + 1)))
        .with("previous_page", &(page > 1).then(|| link(page - 1)))
        .with("count", &rows.len())
}

/// Page (from 1) and page size of an offset-paged call.
pub(super) fn offset(call: &Call<'_>) -> (usize, usize) {
    let number = |name: &str| call.query(name).and_then(|value| value.parse::<usize>().ok());
    (number("page").unwrap_or(1).max(1), number("per_page").unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE))
}

/// Whether the call asks for the newest first, in either dialect.
pub(super) fn newest_first(call: &Call<'_>) -> bool {
    call.query("sort").is_some_and(|sort| sort.starts_with('-'))
        || call.query("sort_order").is_some_and(|order| order.eq_ignore_ascii_case("desc"))
}

fn with_query(call: &Call<'_>, drop: &[&str], name: &str, value: &str) -> String {
    let mut url: Url = call.request.url.clone();
    let kept: Vec<_> = call.request.url.query_pairs().filter(|(key, _)| !drop.contains(&&**key)).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair(name, value);
    url.into()
}

pub(super) fn cursor(id: Id) -> String {
    BASE64.encode(format!("id:{id}"))
}

fn read_cursor(cursor: &str) -> Result<Id, Problem> {
    let decoded = BASE64.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .and_then(|text| text.strip_prefix("id:")?.parse().ok())
        .ok_or_else(|| Problem::bad_request("InvalidPaginationParameter", "the cursor is not valid"))
}
