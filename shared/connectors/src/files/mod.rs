//! Files of both shelves: which of them may be fetched, what they are, and how they become a part of a request.

mod hosts;
mod kind;
mod multipart;

use std::slice;
use std::time::Duration;

use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::file::{FileRef, RemoteFile};
use deskbridge_core::model::{Attachment, What};
use url::Url;

pub(crate) use hosts::Hosts;
pub(crate) use multipart::Multipart;

use self::kind::Kind;
use crate::http::{Answer, BodyPart, Exchange, HeaderName, HeaderValue, Request, Response, Source, header};
use crate::{Inbound, Trouble};

/// So many bytes tell what a file is.
const HEAD_BYTES: usize = 1024;
/// So many redirects are followed.
const REDIRECTS_MAX: usize = 3;
/// How long to wait where a host of files does not answer, or asks for patience.
const PAUSE: Duration = Duration::from_secs(30);

/// Names the files among what came with messages: those whose address may be fetched. Of the `kinds`, the link is the file's own
/// address. A story vanishes after a day, and is meant to.
pub(crate) fn offer(inbound: &mut [Inbound], hosts: &Hosts, kinds: &[&str]) {
    let allowed = |by: &str| Url::parse(by).is_ok_and(|url| hosts.allow(&url));
    for one in inbound {
        let What::Message(message) = &mut one.event.what else { continue };
        for attachment in &mut message.attachments {
            let link = attachment.url.as_deref().filter(|_| kinds.contains(&attachment.kind.as_str()));
            let file = attachment.file.take().or_else(|| link.map(FileRef::by));
            attachment.file = file
                .filter(|file| allowed(&file.by))
                .map(|file| FileRef { ephemeral: attachment.kind == "story", ..file });
        }
    }
}

/// What came of looking at a file.
pub(crate) enum Look {
    /// This has to be asked first.
    Ask(Box<Request>),
    /// It is there.
    There(RemoteFile),
    /// It is not to be had, or not now.
    Not(Trouble),
}

/// Looks at the beginning of a file. `ask` makes the request for an address that may be asked; its second argument tells
/// apart requests to the same one.
pub(crate) fn look(
    exchanges: &mut slice::Iter<'_, Exchange>,
    hosts: &Hosts,
    start: &str,
    attachment: &Attachment,
    ask: impl Fn(&Url, &str) -> Request,
) -> Look {
    let mut url = Url::parse(start);
    for nth in 0..=REDIRECTS_MAX {
        let Some(at) = url.ok().filter(|url| hosts.allow(url)) else {
            return not(Reason::Gone, "leads to a host that is not known");
        };
        let Some(exchange) = exchanges.next() else {
            let request = ask(&at, &format!("look {nth}")).first_bytes(HEAD_BYTES);
            return Look::Ask(Box::new(request));
        };
        let Answer::Response(response) = &exchange.answer else {
            return Look::Not(Trouble::RetryAfter(PAUSE));
        };
        match response.status {
            200 => return seen(response, attachment, &ask(&at, "fetch")),
            301 | 302 | 303 | 307 | 308 => {
                url = at.join(response.header_text("location").unwrap_or_default());
            }
            408 | 425 | 429 | 500.. => return Look::Not(Trouble::RetryAfter(PAUSE)),
            status => return not(Reason::Gone, &format!("http {status}")),
        }
    }
    not(Reason::Gone, "too many redirects")
}

fn not(reason: Reason, code: &str) -> Look {
    Look::Not(Trouble::Refused(Refusal::new(reason, code)))
}

/// What the beginning of a file says.
fn seen(response: &Response, attachment: &Attachment, fetch: &Request) -> Look {
    if response.body.is_empty() {
        return not(Reason::Gone, "empty");
    }
    let head = &response.body[..response.body.len().min(HEAD_BYTES)];
    let title = attachment.title.as_deref().filter(|_| attachment.kind == "file" || has_dot(attachment));
    let kind = Kind::of(head, title, response.header_text("content-type"));
    if !kind.may_be(&attachment.kind) {
        let code = format!("is called {}, and is {}", attachment.kind, kind.content_type);
        return not(Reason::Content, &code);
    }
    let headers = fetch
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    Look::There(RemoteFile {
        url: fetch.url.to_string(),
        headers: headers.collect(),
        name: kind.name(title, &attachment.kind),
        bytes: response.header_text("content-length").and_then(|length| length.parse().ok()),
        content_type: kind.content_type,
        head: head.to_vec(),
    })
}

/// Whether an attachment's title looks like a file's name. Others say what is to be seen.
fn has_dot(attachment: &Attachment) -> bool {
    attachment.title.as_deref().is_some_and(|title| title.contains('.') && !title.contains(' '))
}

/// A file as a part of a body.
pub(crate) fn part(file: &RemoteFile) -> Option<BodyPart> {
    let mut request = Request::get(Url::parse(&file.url).ok()?);
    for (name, value) in &file.headers {
        let (Ok(name), Ok(mut value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value))
        else {
            continue;
        };
        value.set_sensitive(name == header::AUTHORIZATION);
        request.headers.insert(name, value);
    }
    let head = file.head.clone().into();
    Some(BodyPart::From(Source { request: Box::new(request), bytes: file.bytes, head }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo() -> Attachment {
        Attachment { kind: "photo".to_owned(), url: None, title: None, file: None }
    }

    fn looked(answers: &[Response]) -> Look {
        let base = Url::parse("https://graph.facebook.com").unwrap();
        let hosts = Hosts::new(&base, &[".fbcdn.net"]);
        let mut exchanges: Vec<Exchange> = Vec::new();
        loop {
            let ask = |url: &Url, salt: &str| Request::get(url.clone()).header("x-salt", salt);
            let look = look(&mut exchanges.iter(), &hosts, "https://a.fbcdn.net/1", &photo(), ask);
            let Look::Ask(request) = look else { return look };
            assert_eq!(request.first_bytes, Some(HEAD_BYTES));
            let answer = Answer::Response(answers[exchanges.len()].clone());
            exchanges.push(Exchange { request: *request, answer });
        }
    }

    fn redirect(to: &str) -> Response {
        Response::empty(302).header("location", to)
    }

    fn png() -> Response {
        Response { body: b"\x89PNG\r\n\x1a\n1234".as_slice().into(), ..Response::empty(200) }
            .header("content-length", "99")
    }

    #[test]
    fn a_file_is_followed_to_where_it_is() {
        let Look::There(file) = looked(&[redirect("/2"), redirect("https://b.fbcdn.net/3"), png()]) else {
            panic!("it is there")
        };
        assert_eq!((file.url.as_str(), file.name.as_str()), ("https://b.fbcdn.net/3", "photo.png"));
        assert_eq!((file.bytes, file.content_type.as_str()), (Some(99), "image/png"));
        assert_eq!(file.headers, [("x-salt".to_owned(), "fetch".to_owned())]);
        let Some(BodyPart::From(source)) = part(&file) else { panic!("it can be fetched") };
        assert_eq!((source.bytes, source.request.url.as_str()), (Some(99), "https://b.fbcdn.net/3"));
    }

    #[test]
    fn a_redirect_leads_nowhere_else() {
        for to in [
            "https://evil.example/",
            "http://169.254.169.254/latest",
            "//localhost/x",
            "http://a.fbcdn.net/",
            "",
        ] {
            let answers = vec![redirect(to); 5];
            let Look::Not(Trouble::Refused(refusal)) = looked(&answers) else { panic!("{to}") };
            assert_eq!(refusal.reason, Reason::Gone, "{to}");
        }
    }

    #[test]
    fn what_is_no_photo_or_not_there_is_refused_and_the_rest_is_tried_again() {
        let page = Response::text(200, "<html><script>alert(1)</script>");
        let Look::Not(Trouble::Refused(refusal)) = looked(&[page]) else { panic!("it is a page") };
        assert_eq!(
            (refusal.reason, refusal.code.as_str()),
            (Reason::Content, "is called photo, and is text/html")
        );
        for (status, gone) in [(404, true), (403, true), (410, true), (503, false), (429, false)] {
            let Look::Not(trouble) = looked(&[Response::empty(status)]) else { panic!("{status}") };
            assert_eq!(matches!(trouble, Trouble::Refused(_)), gone, "{status}");
        }
    }
}
