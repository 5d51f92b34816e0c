//! From where files may be fetched. Their addresses come out of webhooks and redirects, so they must not lead anywhere else:
//! not into a private network, not to a machine's own services, not to whoever wants our requests.

use url::{Host, Url};

/// The hosts of one account's files.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    /// The account's own API: files on its host and port may be fetched, too.
    base: Url,
    /// Further hosts: `.example.com` stands for everything below it, `example.com` for itself.
    names: &'static [&'static str],
}

impl Hosts {
    pub(crate) fn new(base: &Url, names: &'static [&'static str]) -> Self {
        Self { base: base.clone(), names }
    }

    /// Whether a file may be fetched there: on the account's own host, or encrypted, at the usual port, from a known host by
    /// name. Whoever configures a loopback address for the API means a sandbox, and gets files from there in the clear.
    pub(crate) fn allow(&self, url: &Url) -> bool {
        let anonymous = url.username().is_empty() && url.password().is_none();
        anonymous && (self.is_own(url) || self.is_known(url))
    }

    /// Whether it is where the account's API is: there, and nowhere else, its credential may be shown.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.base.origin() && url.origin().is_tuple()
    }

    fn is_known(&self, url: &Url) -> bool {
        let Some(Host::Domain(host)) = url.host() else { return false };
        let known = |name: &&&str| match name.strip_prefix('.') {
            Some(parent) => {
                host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            None => host == **name,
        };
        url.scheme() == "https" && url.port().is_none() && self.names.iter().any(|name| known(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &[".fbcdn.net", "pbs.twimg.com"];

    fn allowed(base: &str, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        Hosts::new(&Url::parse(base).unwrap(), NAMES).allow(&url)
    }

    #[test]
    fn files_come_from_known_hosts_and_from_nowhere_else() {
        let base = "https://graph.facebook.com";
        for url in [
            "https://scontent.xx.fbcdn.net/v/t1.jpg?oh=1",
            "https://SCONTENT.FBCDN.NET:443/a",
            "https://pbs.twimg.com/media/a.jpg",
            "https://graph.facebook.com/v26.0/1",
        ] {
            assert!(allowed(base, url), "{url}");
        }
        for url in [
            "http://scontent.xx.fbcdn.net/a",
            "https://fbcdn.net/a",
            "https://.fbcdn.net/a",
            "https://evilfbcdn.net/a",
            "https://fbcdn.net.evil.example/a",
            "https://scontent.fbcdn.net.evil.example/a",
            "https://evil.example/scontent.fbcdn.net/a",
            "https://evil.example#.fbcdn.net",
            "https://evil.example?x=.fbcdn.net",
            "https://evil.example\\.fbcdn.net/",
            "https://scontent.fbcdn.net@evil.example/a",
            "https://evil.example@scontent.fbcdn.net/a",
            "https://user:pass@pbs.twimg.com/a",
            "https://scontent.fbcdn.net./a",
            "https://scontent.fbcdn.net:8443/a",
            "https://sub.pbs.twimg.com/a",
            "https://xn--fbcdn-0za.net/a",
            "https://ｆｂｃｄｎ.net.evil.example/a",
            "https://127.0.0.1/a",
            "https://0177.0.0.1/a",
            "https://2130706433/a",
            "https://[::1]/a",
            "https://[::ffff:169.254.169.254]/a",
            "http://169.254.169.254/latest/meta-data/",
            "http://localhost/a",
            "http://127.0.0.1:8083/a",
            "https://metadata.google.internal/a",
            "file:///etc/passwd",
            "ftp://scontent.fbcdn.net/a",
            "gopher://scontent.fbcdn.net/a",
            "data:text/html,x",
            "javascript:alert(1)",
            "//scontent.fbcdn.net/a",
            "",
        ] {
            assert!(!allowed(base, url), "{url}");
        }
    }

    #[test]
    fn a_sandbox_serves_its_own_files_and_opens_nothing_else() {
        let base = "http://127.0.0.1:8083";
        assert!(allowed(base, "http://127.0.0.1:8083/media/1"));
        for url in [
            "http://127.0.0.1:8084/media/1",
            "http://localhost:8083/media/1",
            "https://127.0.0.1:8083/media/1",
            "http://u@127.0.0.1:8083/media/1",
            "http://scontent.fbcdn.net/a",
        ] {
            assert!(!allowed(base, url), "{url}");
        }
    }
}
