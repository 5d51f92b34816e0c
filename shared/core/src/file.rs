//! Files that travel: those of customers into the helpdesk, those of agents to the platform. Nothing here holds a file's
//! content: it says where one is, what it seems to be, and which files a place takes.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::conversation::Conversation;
use crate::model::{Attachment, Message};
use crate::notes::FileTrouble;
use crate::ring::Seen;

/// The most files of one message that are copied or sent. Further ones are told.
pub const FILES_MAX: usize = 10;

/// After this while nobody waits for a file any more: what comes behind it in the conversation matters more.
pub const FILE_PATIENCE: Duration = Duration::from_secs(3600);

/// Types that run when somebody opens them, or that a browser runs, by the extension of their names. Not copied into a
/// helpdesk unless its account says otherwise.
pub const RISKY_TYPES: [&str; 46] = [
    "ade", "apk", "app", "appx", "bat", "chm", "cmd", "com", "cpl", "dll", "dmg", "exe", "hta", "htm",
    "html", "img", "iso", "jar", "js", "jse", "lnk", "mht", "mhtml", "msi", "msix", "msp", "pif", "ps1",
    "reg", "scr", "sct", "sh", "shtml", "svg", "swf", "sys", "url", "vb", "vbe", "vbs", "vhd", "ws", "wsf",
    "wsh", "xhtml", "xll",
];

/// How the file behind an attachment can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// What the connector fetches it by: the remote side's id of it, or its address.
    pub by: String,
    /// The remote side means it to vanish: a story, say. Only copied where the account says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ephemeral: bool,
    /// Its size in bytes, as far as the remote side tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Its type, as far as the remote side tells; not to be relied on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

impl FileRef {
    /// A file of which nothing is known but what to fetch it by.
    #[must_use]
    pub fn by(by: impl Into<String>) -> Self {
        Self { by: by.into(), ephemeral: false, bytes: None, content_type: None }
    }
}

/// A file that was found to be there, and what it is by its own first bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Where a `GET` gives it, for some minutes at least.
    pub url: String,
    /// The headers that the request needs. They may hold a credential.
    pub headers: Vec<(String, String)>,
    /// A name with an extension that fits its type; no path, no control characters.
    pub name: String,
    /// Its type.
    pub content_type: String,
    /// Its size in bytes, if the remote side tells.
    pub bytes: Option<u64>,
    /// Its first bytes: what is fetched later must begin so, too.
    pub head: Vec<u8>,
}

impl fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteFile({}, {:?} B)", self.content_type, self.bytes)
    }
}

impl RemoteFile {
    /// The extension of its name, in lower case; empty if there is none.
    #[must_use]
    pub fn extension(&self) -> String {
        self.name.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_ascii_lowercase())
    }

    /// The first half of its type, such as `image`.
    #[must_use]
    pub fn family(&self) -> &str {
        family(&self.content_type)
    }
}

/// Which files of certain types a place takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRule {
    /// Types such as `image/png`, or whole families such as `image/*`.
    pub types: &'static [&'static str],
    /// The largest, in bytes.
    pub bytes_max: u64,
}

impl FileRule {
    fn knows(&self, content_type: &str) -> bool {
        let of_family = |rule: &str| rule.strip_suffix("/*") == Some(family(content_type));
        self.types.iter().any(|rule| *rule == content_type || *rule == "*/*" || of_family(rule))
    }

    /// Why none of these rules takes a file of that type and size, if none does. A size that nobody knows may fit.
    ///
    /// # Errors
    /// The trouble.
    pub fn check(rules: &[Self], content_type: &str, bytes: Option<u64>) -> Result<(), FileTrouble> {
        let mut known = rules.iter().filter(|rule| rule.knows(content_type)).peekable();
        if rules.is_empty() {
            return Err(FileTrouble::Surface);
        }
        if known.peek().is_none() {
            return Err(FileTrouble::Type);
        }
        let fits = known.any(|rule| bytes.is_none_or(|bytes| bytes <= rule.bytes_max));
        if fits { Ok(()) } else { Err(FileTrouble::TooLarge) }
    }
}

fn family(content_type: &str) -> &str {
    content_type.split('/').next().unwrap_or_default()
}

/// Types of files, by the extensions of their names, that are not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusedTypes {
    /// [`RISKY_TYPES`].
    Risky,
    /// Those that the account's owner chose instead.
    Chosen(Vec<String>),
}

impl RefusedTypes {
    /// Whether an extension, in lower case, is among them.
    #[must_use]
    pub fn contains(&self, extension: &str) -> bool {
        match self {
            Self::Risky => RISKY_TYPES.contains(&extension),
            Self::Chosen(types) => types.iter().any(|one| one == extension),
        }
    }
}

/// What an account's owner wants done with files, within what the remote sides take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePolicy {
    /// Customers' files are copied into the helpdesk; otherwise they stay links.
    pub copy: bool,
    /// Also those that the platform means to vanish.
    pub copy_ephemeral: bool,
    /// The largest file that is copied, in bytes.
    pub bytes_max: u64,
    /// What all files of one message may come to, in bytes.
    pub bytes_of_all_max: u64,
    /// Types of files that are not copied.
    pub refused_types: RefusedTypes,
    /// What the platform takes of agents' files.
    pub sent: &'static [FileRule],
    /// An agent's file that cannot be sent is replaced by its link.
    pub as_links: bool,
}

impl Default for FilePolicy {
    fn default() -> Self {
        Self {
            copy: true,
            copy_ephemeral: false,
            bytes_max: u64::MAX,
            bytes_of_all_max: u64::MAX,
            refused_types: RefusedTypes::Risky,
            sent: &[],
            as_links: false,
        }
    }
}

impl FilePolicy {
    /// Whether a customer's attachment is one to copy.
    #[must_use]
    pub fn copies(&self, attachment: &Attachment) -> bool {
        self.copy && attachment.file.as_ref().is_some_and(|file| self.copy_ephemeral || !file.ephemeral)
    }

    /// Whether a customer's file may come into the helpdesk.
    ///
    /// # Errors
    /// Why not.
    pub fn takes(&self, file: &RemoteFile) -> Result<(), FileTrouble> {
        if self.refused_types.contains(&file.extension()) {
            return Err(FileTrouble::Type);
        }
        if file.bytes.is_some_and(|bytes| bytes > self.bytes_max) {
            return Err(FileTrouble::TooLarge);
        }
        Ok(())
    }

    /// Whether an agent's attachment may be sent, as far as the helpdesk tells what it is.
    ///
    /// # Errors
    /// Why not.
    pub fn may_send(&self, attachment: &Attachment) -> Result<(), FileTrouble> {
        if self.sent.is_empty() {
            return Err(FileTrouble::Surface);
        }
        let Some(file) = &attachment.file else { return Err(FileTrouble::Unsafe) };
        match &file.content_type {
            Some(content_type) => FileRule::check(self.sent, content_type, file.bytes),
            None => Ok(()),
        }
    }
}

/// A file of a customer's message that is to be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Its place among the message's attachments.
    pub at: u32,
    /// The attachment.
    pub attachment: &'a Attachment,
}

/// The files of a message that are to be copied: not those whose bit is set in `left_out`, and none of a message that was
/// removed.
#[must_use]
pub fn wanted<'a>(
    policy: &FilePolicy,
    conversation: &Conversation,
    message: &'a Message,
    left_out: u32,
) -> Vec<Wanted<'a>> {
    if conversation.recent.contains(Seen::Removed(&message.id)) {
        return Vec::new();
    }
    let numbered = (0_u32..32).zip(&message.attachments);
    let all = numbered.map(|(at, attachment)| Wanted { at, attachment });
    all.filter(|one| left_out & (1 << one.at) == 0 && policy.copies(one.attachment)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: Option<u64>) -> RemoteFile {
        RemoteFile {
            url: "https://cdn.example/1?secret".to_owned(),
            headers: vec![("authorization".to_owned(), "hush".to_owned())],
            name: name.to_owned(),
            content_type: "image/png".to_owned(),
            bytes,
            head: vec![],
        }
    }

    #[test]
    fn rules_tell_what_is_wrong_with_a_file() {
        let rules = [
            FileRule { types: &["image/png", "image/jpeg"], bytes_max: 5 },
            FileRule { types: &["video/*"], bytes_max: 16 },
        ];
        let cases = [
            ("image/png", Some(5), Ok(())),
            ("image/png", Some(6), Err(FileTrouble::TooLarge)),
            ("image/png", None, Ok(())),
            ("image/webp", Some(1), Err(FileTrouble::Type)),
            ("video/mp4", Some(16), Ok(())),
            ("", None, Err(FileTrouble::Type)),
        ];
        for (content_type, bytes, expected) in cases {
            assert_eq!(FileRule::check(&rules, content_type, bytes), expected, "{content_type} {bytes:?}");
        }
        assert_eq!(FileRule::check(&[], "image/png", None), Err(FileTrouble::Surface));
        let any = [FileRule { types: &["*/*"], bytes_max: 9 }];
        assert_eq!(FileRule::check(&any, "application/pdf", Some(9)), Ok(()));
    }

    #[test]
    fn risky_and_large_files_are_not_copied() {
        let policy = FilePolicy { bytes_max: 10, ..FilePolicy::default() };
        assert_eq!(policy.takes(&file("cat.png", Some(10))), Ok(()));
        assert_eq!(policy.takes(&file("cat.PNG.ExE", Some(1))), Err(FileTrouble::Type));
        assert_eq!(policy.takes(&file("page.svg", None)), Err(FileTrouble::Type));
        assert_eq!(policy.takes(&file("cat.png", Some(11))), Err(FileTrouble::TooLarge));
        assert!(RISKY_TYPES.is_sorted());
    }

    #[test]
    fn a_file_shows_neither_its_address_nor_its_credential() {
        assert_eq!(format!("{:?}", file("cat.png", Some(3))), "RemoteFile(image/png, Some(3) B)");
    }

    #[test]
    fn ephemeral_files_are_copied_only_where_that_is_wanted() {
        let story = FileRef { ephemeral: true, ..FileRef::by("1") };
        let story = Attachment { kind: "story".to_owned(), url: None, title: None, file: Some(story) };
        let policy = FilePolicy::default();
        assert!(!policy.copies(&story));
        assert!(FilePolicy { copy_ephemeral: true, ..policy.clone() }.copies(&story));
        let photo = Attachment { file: Some(FileRef::by("2")), ..story };
        assert!(policy.copies(&photo) && !FilePolicy { copy: false, ..policy.clone() }.copies(&photo));
        assert!(!policy.copies(&Attachment { file: None, ..photo }));
    }
}
