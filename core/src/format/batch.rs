//! Entries as the lines that go into the journal.

use std::borrow::Cow;

use super::{DELETED, Entry, Position};
use crate::error::{Error, Result};

/// The lines of one call's entries, all of them checked.
#[derive(Debug, Clone, Default)]
pub struct Batch<'a> {
    lines: Cow<'a, str>,
}

impl Batch<'_> {
    /// Encodes entries. `refuse` decides about each entry that readers could not read back. If `refuse` returns an error, the encoding fails with
    /// that error. If `refuse` returns `Ok`, the entry is left out. With `Err` as `refuse`, the first such entry fails the encoding.
    ///
    /// # Errors
    /// Those that `refuse` returns.
    pub fn encode<'e>(
        entries: impl Iterator<Item = Entry<'e>> + Clone,
        mut refuse: impl FnMut(Error) -> Result<()>,
    ) -> Result<Self> {
        let length = |entry: Entry<'_>| if entry.deleted { DELETED.len() } else { 0 } + entry.file.len() + 1;
        let mut lines = String::with_capacity(entries.clone().map(length).sum());
        for (index, entry) in entries.enumerate() {
            if let Some(reason) = entry.refusal() {
                refuse(Error::InvalidEntry { index, file: entry.file.to_owned(), reason })?;
                continue;
            }
            if entry.deleted {
                lines.push_str(DELETED);
            }
            lines.push_str(entry.file);
            lines.push('\n');
        }
        Ok(Self { lines: Cow::Owned(lines) })
    }

    /// The line of a position.
    pub(crate) fn of_position(position: Position) -> Self {
        Self { lines: Cow::Owned(position.line()) }
    }

    /// The batch as the JS module appends one: the lines joined, and a newline at the end. A batch without entries is a blank line.
    pub(crate) fn or_blank_line(mut self) -> Self {
        if self.lines.is_empty() {
            self.lines = Cow::Borrowed("\n");
        }
        self
    }

    /// The bytes to write after `tail`, the last bytes of the journal. A torn last line is ended first, so that it and the first entry are two lines.
    pub(crate) fn after(&self, tail: &[u8]) -> Cow<'_, str> {
        let torn = tail.last().is_some_and(|&byte| byte != b'\n');
        if torn && !self.lines.starts_with('\n') {
            Cow::Owned(format!("\n{}", self.lines))
        } else {
            Cow::Borrowed(&self.lines)
        }
    }
}

/// For a caller that has encoded the lines itself.
impl<'a> Batch<'a> {
    /// Lines that the caller has encoded, each with a newline at its end. The lines are checked as [`encode`](Self::encode) checks
    /// entries, with two exceptions: a line does not show whether the name of a changed file begins with `DELETED `, or has a line feed
    /// in it.
    ///
    /// # Errors
    /// Those that `refuse` returns.
    pub fn of_lines(text: &'a str, refuse: impl FnMut(Error) -> Result<()>) -> Result<Self> {
        let bytes = text.as_bytes();
        let entries = super::lines(bytes).take(super::count_line_feeds(bytes)).map(|span| Entry::of_line(&text[span]));
        if are_plain(bytes) || entries.clone().all(|entry| entry.refusal().is_none()) {
            return Ok(Self { lines: Cow::Borrowed(text) });
        }
        Self::encode(entries, refuse)
    }

    /// The same batch with its own copy of the lines, so that another thread can use it.
    #[must_use]
    pub fn into_owned(self) -> Batch<'static> {
        Batch { lines: Cow::Owned(self.lines.into_owned()) }
    }
}

/// Whether all lines are so plain that no line needs a check of its own.
///
/// In such lines no byte is a control character, except the newlines. Each line begins with a visible ASCII character other than `#`, and
/// so does the rest after each `D ` (of `DELETED `). Each line ends with a visible ASCII character. The check looks at every byte, without
/// a branch, so that the compiler can handle many bytes at once.
#[expect(clippy::needless_bitwise_bool, reason = "with a branch the compiler handles one byte at a time")]
fn are_plain(text: &[u8]) -> bool {
    let (Some(&first), Some(b'\n')) = (text.first(), text.last()) else { return text.is_empty() };
    let is_control = |byte: u8| (byte < b' ') & (byte != b'\n');
    let begins_plain = |byte: u8| byte.is_ascii_graphic() & (byte != b'#');
    let is_plain_pair = |before: u8, after: u8| {
        ((before != b'\n') | begins_plain(after)) & ((after != b'\n') | before.is_ascii_graphic())
    };
    let is_plain_name = |[d, blank, name]: [u8; 3]| (d != b'D') | (blank != b' ') | begins_plain(name);
    let triples = text.iter().zip(&text[1..]).zip(text.get(2..).unwrap_or_default());
    begins_plain(first)
        && text.iter().fold(true, |plain, &byte| plain & !is_control(byte))
        && text.iter().zip(&text[1..]).fold(true, |plain, (&before, &after)| plain & is_plain_pair(before, after))
        && triples.fold(true, |plain, ((&d, &blank), &name)| plain & is_plain_name([d, blank, name]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    #[test]
    fn what_no_reader_would_get_back_is_refused_by_index() {
        for (file, reason) in [
            ("", Refusal::Empty),
            ("a\nb", Refusal::ControlCharacter),
            ("a\r", Refusal::ControlCharacter),
            ("\0", Refusal::ControlCharacter),
            (" a", Refusal::WhiteSpaceAtEnd),
            ("a\u{feff}", Refusal::WhiteSpaceAtEnd),
            ("#a", Refusal::Comment),
            ("DELETED a", Refusal::DeletedPrefix),
        ] {
            let entries = ["fine", file, "fine too", file].into_iter().map(Entry::changed);
            let told = |error| match error {
                Error::InvalidEntry { index, file, reason } => (index, file, reason),
                other => panic!("{file:?}: {other}"),
            };
            assert_eq!(told(Batch::encode(entries.clone(), Err).unwrap_err()), (1, file.to_owned(), reason));

            let mut left_out = Vec::new();
            let batch = Batch::encode(entries, |error| {
                left_out.push(told(error));
                Ok(())
            });
            assert_eq!(left_out, [1, 3].map(|index| (index, file.to_owned(), reason)));
            assert_eq!(batch.unwrap().lines, "fine\nfine too\n");
        }
    }

    /// The quick check of all lines and the check of each entry agree.
    #[test]
    fn lines_are_checked_like_entries() {
        for file in
            ["a", "a b", "ä", "D", "#a", "a#", "", " a", "a ", "a\r", "\0", "\u{feff}a", "\u{85}", "a\tb", "DELETED x"]
        {
            for deleted in [false, true] {
                let entries = ["x", file, "y"].into_iter().map(|file| Entry { file, deleted });
                let text =
                    ["x", file, "y"].map(|file| format!("{}{file}\n", if deleted { DELETED } else { "" })).concat();
                let refused = Batch::encode(entries.clone(), Err).is_err();
                if !deleted && file.starts_with(DELETED) {
                    assert!(refused && Batch::of_lines(&text, Err).is_ok(), "lines no longer tell it");
                    continue;
                }
                let told = |batch: Result<Batch<'_>>| batch.map(|it| it.lines.into_owned()).map_err(|e| e.to_string());
                assert_eq!(told(Batch::of_lines(&text, Err)), told(Batch::encode(entries.clone(), Err)), "{file:?}");

                let mut left_out = [Vec::new(), Vec::new()];
                let [of_lines, of_entries] = left_out.each_mut().map(|told| {
                    |error: Error| {
                        told.push(error.to_string());
                        Ok(())
                    }
                });
                assert_eq!(told(Batch::of_lines(&text, of_lines)), told(Batch::encode(entries, of_entries)));
                assert_eq!(left_out[0], left_out[1]);
                assert_eq!(left_out[0].len(), usize::from(refused));
            }
        }
    }

    #[test]
    fn a_torn_last_line_is_ended_before_the_batch() {
        let batch = Batch::encode([Entry::changed("a")].into_iter(), Err).unwrap();
        assert_eq!([batch.after(b""), batch.after(b"x\n"), batch.after(b"x")], ["a\n", "a\n", "\na\n"]);
        let none = Batch::default();
        assert_eq!([none.after(b"x\n"), none.after(b"x")], ["", "\n"]);
        assert_eq!(none.or_blank_line().after(b"x"), "\n");
    }
}
