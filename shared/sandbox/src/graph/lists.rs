//! Reading lists: comments, a page's feed, conversations and their messages, with cursors.

use serde_json::{Value, json};

use super::auth::{Caller, Permission};
use super::error::GraphError;
use super::fields::{Field, parse};
use super::limits::Meter;
use super::read::asked;
use super::route::{Call, cursor, place};
use super::state::{Author, Graph, Node, Page, Thread};
use super::webhook::FIELDS;

/// How a reader wants a list.
pub(super) struct ListArgs {
    limit: usize,
    after: Option<String>,
    before: Option<String>,
    newest_first: Option<bool>,
    stream: bool,
    since: Option<i64>,
    until: Option<i64>,
    summary: bool,
    pub(super) fields: Vec<Field>,
}

/// One page of a list, and whether more follows.
pub(super) struct Slice<T> {
    items: Vec<(u64, T)>,
    more: bool,
}

impl ListArgs {
    fn read(get: impl Fn(&str) -> Option<String>, fields: Vec<Field>) -> Self {
        let newest_first = match get("order").as_deref() {
            Some("reverse_chronological") => Some(true),
            Some("chronological") => Some(false),
            _ => None,
        };
        let number = |name: &str| get(name).and_then(|text| text.parse().ok());
        Self {
            limit: get("limit").and_then(|text| text.parse().ok()).unwrap_or(25).clamp(1, 100),
            after: get("after"),
            before: get("before"),
            newest_first,
            stream: get("filter").as_deref() == Some("stream"),
            since: number("since"),
            until: number("until"),
            summary: get("summary").is_some_and(|text| matches!(text.as_str(), "1" | "true")),
            fields,
        }
    }

    /// From the parameters of a call.
    pub(super) fn of_call(call: &Call, default: &str) -> Result<Self, GraphError> {
        Ok(Self::read(|name| call.params.text(name), asked(call, default)?))
    }

    /// From a field with arguments, such as `comments.limit(5){id}`.
    pub(super) fn of_field(field: &Field) -> Self {
        Self::read(|name| field.args.get(name).cloned(), field.sub.clone())
    }

    fn wants(&self, created: i64) -> bool {
        self.since.is_none_or(|since| created >= since) && self.until.is_none_or(|until| created <= until)
    }

    /// Cuts the asked page out of a list whose items carry a rising place.
    pub(super) fn cut<T>(
        &self,
        mut items: Vec<(u64, T)>,
        newest_first: bool,
    ) -> Result<Slice<T>, GraphError> {
        let invalid = || GraphError::parameter("Invalid cursors values were provided for pagination");
        if newest_first {
            items.reverse();
        }
        if let Some(after) = &self.after {
            let at = place(after).ok_or_else(invalid)?;
            items.retain(|(seq, _)| if newest_first { *seq < at } else { *seq > at });
        }
        if let Some(before) = &self.before {
            let at = place(before).ok_or_else(invalid)?;
            items.retain(|(seq, _)| if newest_first { *seq > at } else { *seq < at });
            let surplus = items.len().saturating_sub(self.limit);
            return Ok(Slice { items: items.split_off(surplus), more: true });
        }
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        Ok(Slice { items, more })
    }
}

impl Graph {
    /// The children of a node that are still there.
    pub(super) fn live_children<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        node.children.iter().filter_map(|id| self.nodes.get(id)).filter(|child| !child.removed)
    }

    /// `GET /{post or comment}/comments`.
    pub(super) fn comments(&self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let node = self.nodes.get(id).ok_or_else(|| call.gone(id))?;
        self.admit(call, &node.page, Permission::PagesReadEngagement)?;
        if self.is_gone(node) || node.foreign == Some(false) {
            return Err(call.gone(id));
        }
        self.comment_list(call, node, &ListArgs::of_call(call, "created_time,from,message,id")?)
    }

    /// The comments under a node: the top level, or with `filter=stream` every level.
    pub(super) fn comment_list(
        &self,
        call: &Call,
        node: &Node,
        args: &ListArgs,
    ) -> Result<Value, GraphError> {
        let mut found: Vec<&Node> = self.live_children(node).collect();
        if args.stream {
            let nested: Vec<&Node> = found.iter().flat_map(|child| self.live_children(child)).collect();
            found.extend(nested);
            found.sort_unstable_by_key(|comment| comment.seq);
        }
        let total = found.len();
        found.retain(|comment| args.wants(comment.created));
        let items = found.into_iter().map(|comment| (comment.seq, comment)).collect();
        let newest_first = args.newest_first.unwrap_or(false);
        let slice = args.cut(items, newest_first)?;
        let mut list = self.node_list(call, &node.id, "comments", &slice, args)?;
        if args.summary {
            let order = if newest_first { "reverse_chronological" } else { "chronological" };
            list["summary"] = json!({"order": order, "total_count": total, "can_comment": true});
        }
        Ok(list)
    }

    /// `GET /{page}/feed`, `/posts` and `/visitor_posts`, newest first.
    pub(super) fn feed(&self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let page = self.pages.get(id).ok_or_else(|| call.gone(id))?;
        self.admit(call, id, Permission::PagesReadEngagement)?;
        let edge = call.path.get(1).map_or("feed", String::as_str);
        self.feed_list(call, page, edge, &ListArgs::of_call(call, "created_time,message,id")?)
    }

    pub(super) fn feed_list(
        &self,
        call: &Call,
        page: &Page,
        edge: &str,
        args: &ListArgs,
    ) -> Result<Value, GraphError> {
        let wanted = |post: &&Node| match edge {
            "posts" => post.author == Author::Page,
            "visitor_posts" => post.author != Author::Page,
            _ => true,
        };
        let posts = page.posts.iter().filter_map(|id| self.nodes.get(id));
        let posts = posts.filter(|post| !post.removed && args.wants(post.created)).filter(wanted);
        let slice =
            args.cut(posts.map(|post| (post.seq, post)).collect(), args.newest_first.unwrap_or(true))?;
        self.node_list(call, &page.seed.id, edge, &slice, args)
    }

    fn node_list(
        &self,
        call: &Call,
        owner: &str,
        edge: &str,
        slice: &Slice<&Node>,
        args: &ListArgs,
    ) -> Result<Value, GraphError> {
        let default = parse("created_time,from,message")?;
        let fields = if args.fields.is_empty() { &default } else { &args.fields };
        listed(call, owner, edge, slice, args, |node| self.show_node(call, node, fields))
    }

    /// `GET /{page}/conversations?platform=messenger&user_id=PSID`.
    pub(super) fn conversations(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        self.admit(call, id, Permission::PagesMessaging)?;
        self.meters.count(&self.rates, Meter::ConversationReads, id, call.now)?;
        let args = ListArgs::of_call(call, "id,updated_time")?;
        let other_platform = call.params.text("platform").is_some_and(|platform| platform != "messenger");
        let user = call.params.text("user_id");
        let mut found: Vec<(u64, (&str, &Thread))> = self
            .threads
            .iter()
            .filter(|((page, psid), _)| page == id && user.as_ref().is_none_or(|user| user == psid))
            .filter(|(_, thread)| !other_platform && !thread.messages.is_empty())
            .map(|((_, psid), thread)| {
                let updated = thread.messages.last().map_or(0, |message| message.at);
                (u64::try_from(updated).unwrap_or(0), (psid.as_str(), thread))
            })
            .collect();
        found.sort_by_key(|(updated, _)| *updated);
        let slice = args.cut(found, true)?;
        listed(call, id, "conversations", &slice, &args, |(psid, thread)| {
            self.show_thread(call, id, psid, thread, &args.fields)
        })
    }

    /// `GET /{thread}/messages`.
    pub(super) fn thread_messages(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let found = self.threads.iter().find(|(_, thread)| thread.id == id);
        let (page, psid) = found.map(|(key, _)| key.clone()).ok_or_else(|| call.gone(id))?;
        self.admit(call, &page, Permission::PagesMessaging)?;
        self.meters.count(&self.rates, Meter::ConversationReads, &page, call.now)?;
        let args = ListArgs::of_call(call, "id,created_time")?;
        let (_, thread) =
            self.threads.iter().find(|(_, thread)| thread.id == id).ok_or_else(|| call.gone(id))?;
        self.message_list(call, &page, &psid, thread, &args)
    }

    /// The messages of a thread, newest first.
    pub(super) fn message_list(
        &self,
        call: &Call,
        page: &str,
        psid: &str,
        thread: &Thread,
        args: &ListArgs,
    ) -> Result<Value, GraphError> {
        let default = parse("id,created_time")?;
        let fields = if args.fields.is_empty() { &default } else { &args.fields };
        let messages = (1..).zip(&thread.messages).filter(|(_, message)| !message.deleted);
        let messages = messages.filter(|(_, message)| args.wants(message.at.div_euclid(1_000)));
        let slice = args.cut(messages.collect(), args.newest_first.unwrap_or(true))?;
        listed(call, &thread.id, "messages", &slice, args, |message| {
            self.show_message(page, psid, message, fields)
        })
    }

    /// `GET /{app}/subscriptions`, with the app's own token.
    pub(super) fn app_subscriptions(&self, call: &Call, app: &str) -> Result<Value, GraphError> {
        if !matches!(&call.caller, Caller::App(own) if own == app) {
            return Err(GraphError::new(15, "(#15) This method must be called with an app access_token."));
        }
        let page = self.pages.values().find(|page| page.seed.app_id == app).ok_or_else(|| call.gone(app))?;
        let fields: Vec<Value> =
            FIELDS.iter().map(|name| json!({"name": name, "version": "v26.0"})).collect();
        let callback = page.seed.callback.as_str();
        Ok(json!({"data": [{"object": "page", "callback_url": callback, "active": true, "fields": fields}]}))
    }

    /// `GET`, `POST` and `DELETE /{page}/subscribed_apps`.
    pub(super) fn subscribed_apps(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        self.admit(call, id, Permission::PagesManageMetadata)?;
        let page = self.pages.get_mut(id).ok_or_else(|| call.gone(id))?;
        match call.method.as_str() {
            "GET" if page.subscribed.is_empty() => return Ok(json!({ "data": [] })),
            "GET" => {
                let app = json!({
                    "id": page.seed.app_id, "name": "Deskbridge", "category": "Business",
                    "link": "https://deskbridge.example/", "subscribed_fields": page.subscribed,
                });
                return Ok(json!({ "data": [app] }));
            }
            "DELETE" => page.subscribed.clear(),
            _ => {
                let fields = call.params.text("subscribed_fields").unwrap_or_default();
                let fields: Vec<&str> =
                    fields.split(',').map(str::trim).filter(|field| !field.is_empty()).collect();
                if fields.is_empty() {
                    return Err(GraphError::parameter("The parameter subscribed_fields is required."));
                }
                page.subscribed = fields.into_iter().map(str::to_owned).collect();
            }
        }
        Ok(json!({"success": true}))
    }
}

/// `{data, paging}` for one page of a list.
pub(super) fn listed<T>(
    call: &Call,
    owner: &str,
    edge: &str,
    slice: &Slice<T>,
    args: &ListArgs,
    mut show: impl FnMut(&T) -> Result<Value, GraphError>,
) -> Result<Value, GraphError> {
    let data: Vec<Value> = slice.items.iter().map(|(_, item)| show(item)).collect::<Result<_, _>>()?;
    let (Some((first, _)), Some((last, _))) = (slice.items.first(), slice.items.last()) else {
        return Ok(json!({ "data": [] }));
    };
    let mut paging = json!({"cursors": {"before": cursor(*first), "after": cursor(*last)}});
    if slice.more {
        paging["next"] = next_url(call, owner, edge, &cursor(*last), args.limit).into();
    }
    Ok(json!({"data": data, "paging": paging}))
}

/// The address of the next page, at the very host that was asked.
fn next_url(call: &Call, owner: &str, edge: &str, after: &str, limit: usize) -> String {
    let direct = call.path.len() == 2 && call.path[0] == owner && call.path[1] == edge;
    let mut url = call.url.clone();
    let limit = limit.to_string();
    let kept: Vec<(String, String)> = call
        .url
        .query_pairs()
        .filter(|(name, _)| {
            name == "access_token" || direct && !matches!(&**name, "after" | "before" | "limit")
        })
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if !direct {
        url.set_path(&format!("/v26.0/{owner}/{edge}"));
    }
    let mut query = url.query_pairs_mut();
    query.clear().extend_pairs(kept).append_pair("limit", &limit).append_pair("after", after);
    drop(query);
    url.into()
}
