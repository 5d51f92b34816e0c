//! The journal's file: appended to with one `write` per record, locked against a second process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use super::record::Record;

pub(super) struct JournalFile {
    file: File,
    /// The length of the whole records. More than that is never left behind.
    length: u64,
    /// A failed write could not be taken back: what follows it could not be read.
    broken: bool,
}

impl JournalFile {
    /// Opens or creates the journal, hands every record to `replay` and cuts off a torn last one.
    pub(super) fn open(path: &Path, mut replay: impl FnMut(&Record)) -> io::Result<Self> {
        let file = open_private(path)?;
        lock(&file, path)?;
        let mut reader = BufReader::new(&file);
        let (mut line, mut number, mut length) = (Vec::new(), 0_u64, 0_u64);
        loop {
            line.clear();
            let size = reader.read_until(b'\n', &mut line)?;
            if !line.ends_with(b"\n") {
                break;
            }
            number += 1;
            let record = Record::from_line(&line).ok_or_else(|| unreadable(path, number))?;
            replay(&record);
            length += size as u64;
        }
        file.set_len(length)?;
        Ok(Self { file, length, broken: false })
    }

    /// A journal on a disk that is full.
    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn full() -> Self {
        let file = OpenOptions::new().append(true).open("/dev/full").expect("Linux has it");
        Self { file, length: 0, broken: false }
    }

    /// Adds a record: the kernel has all of it, or the file is as before.
    pub(super) fn append(&mut self, record: &Record) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other(
                "an earlier write to the journal failed and could not be taken back",
            ));
        }
        let line = record.to_line()?;
        if let Err(error) = self.file.write_all(&line) {
            self.broken = self.file.set_len(self.length).is_err();
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

/// Only the owner may read it: requests carry tokens.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn lock(file: &File, path: &Path) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => {
            let text = format!("{} is in use by another process", path.display());
            io::Error::new(io::ErrorKind::ResourceBusy, text)
        }
        TryLockError::Error(error) => error,
    })
}

fn unreadable(path: &Path, line: u64) -> io::Error {
    let text = format!(
        "{}: line {line} is not a record that this version can read; move the file away to begin anew",
        path.display()
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}
