//! One entry: a file that was changed or deleted.

use super::DELETED;
use crate::error::Refusal;
use crate::number;

/// A file that was changed or deleted, as one line of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The file's path, relative to the root directory, with `/` as separator.
    pub file: &'a str,
    /// Whether the file is gone.
    pub deleted: bool,
}

impl<'a> Entry<'a> {
    /// A file that was added or changed.
    #[must_use]
    pub fn changed(file: &'a str) -> Self {
        Self { file, deleted: false }
    }

    /// A file that is gone.
    #[must_use]
    pub fn deleted(file: &'a str) -> Self {
        Self { file, deleted: true }
    }

    /// For the addon: the entry of a line without its newline.
    ///
    /// `lib/entries.js` puts a line feed before the name of a changed file if the name begins with a line feed or would be read as another
    /// entry. In a journal no line begins with a line feed.
    #[doc(hidden)]
    #[must_use]
    pub fn of_line(line: &'a str) -> Self {
        match line.strip_prefix(DELETED) {
            Some(file) => Self::deleted(file),
            None => Self::changed(line.strip_prefix('\n').unwrap_or(line)),
        }
    }

    /// Why readers could not read this entry back as it is; `None` if they could.
    pub(super) fn refusal(self) -> Option<Refusal> {
        let Self { file, deleted } = self;
        if file.is_empty() {
            Some(Refusal::Empty)
        } else if has_control_character(file) {
            Some(Refusal::ControlCharacter)
        } else if number::trim(file).len() != file.len() {
            Some(Refusal::WhiteSpaceAtEnd)
        } else if file.starts_with('#') {
            Some(Refusal::Comment)
        } else if !deleted && file.starts_with(DELETED) {
            Some(Refusal::DeletedPrefix)
        } else {
            None
        }
    }
}

/// The check looks at every byte, so that the compiler can handle many bytes at once.
fn has_control_character(file: &str) -> bool {
    file.bytes().fold(false, |found, byte| found | matches!(byte, b'\n' | b'\r' | b'\0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Batch, Contents, Timestamp};

    #[test]
    fn every_accepted_entry_is_read_back() {
        for file in ["a", "a b", "ä", "DELETED", "x#", "\u{85}x", "a\u{2028}b", "DELETEDx"] {
            for entry in [Entry::changed(file), Entry::deleted(file)] {
                assert_eq!(entry.refusal(), None);
                let batch = Batch::encode([entry].into_iter(), Err).unwrap();
                let journal = [Timestamp::from(1).header().as_bytes(), batch.after(b"").as_bytes()].concat();
                let contents = Contents::parse(journal).unwrap();
                let (changed, removed) =
                    (contents.changed().collect::<Vec<_>>(), contents.removed().collect::<Vec<_>>());
                assert_eq!(if entry.deleted { removed } else { changed }, [file], "{entry:?}");
            }
        }
    }
}
