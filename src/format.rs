//! The journal as text: header, entries, and how they are read. Pure: no I/O, and any bytes are accepted.
//!
//! ```text
//! # codegraph-journal v1 1700000000000
//! src/changed.ts
//! DELETED src/gone.ts
//! ```

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::error::{Error, Refusal, Result};
use crate::first_seen::FirstSeen;
use crate::number;

/// How a journal begins. Equals `HEADER_PREFIX` of codegraph 3.11.2's journal.js.
pub const HEADER_PREFIX: &str = "# codegraph-journal v1 ";

/// For how many lines room is made at once: blank lines need none, and a hostile file may have nothing else.
const MOST_RESERVED: usize = 1 << 17;

/// How many digits a timestamp has from 2001 to 2286. With the prefix of 23 bytes, the second to the ninth are then an aligned word of
/// eight bytes and the last four one of four.
const IN_PLACE_DIGITS: usize = 13;

/// The length of a header line that can be stamped in place.
pub(crate) const IN_PLACE_HEADER_LEN: usize = HEADER_PREFIX.len() + IN_PLACE_DIGITS + 1;

/// What the line of a removed file begins with.
const DELETED: &str = "DELETED ";

/// A file that changed or went away, as one line of the journal.
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

    /// Why no reader would get this entry back as it is, if so.
    fn refusal(self) -> Option<Refusal> {
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

/// Looks at every byte, so that the compiler can look at many at once.
fn has_control_character(file: &str) -> bool {
    file.bytes().fold(false, |found, byte| found | matches!(byte, b'\n' | b'\r' | b'\0'))
}

/// Entries as the lines that go into the journal, all of them checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    lines: String,
}

impl Batch {
    pub fn encode<'a>(entries: impl Iterator<Item = Entry<'a>> + Clone) -> Result<Self> {
        let length = |entry: Entry<'_>| if entry.deleted { DELETED.len() } else { 0 } + entry.file.len() + 1;
        let mut lines = String::with_capacity(entries.clone().map(length).sum());
        for (index, entry) in entries.enumerate() {
            if let Some(reason) = entry.refusal() {
                return Err(Error::InvalidEntry { index, reason });
            }
            if entry.deleted {
                lines.push_str(DELETED);
            }
            lines.push_str(entry.file);
            lines.push('\n');
        }
        Ok(Self { lines })
    }

    /// The batch as the JS module appends it: joined lines and a final newline, so an empty one is an empty line.
    pub fn or_blank_line(mut self) -> Self {
        if self.lines.is_empty() {
            self.lines.push('\n');
        }
        self
    }

    /// The bytes to write behind `tail`, the last bytes before them: a torn last line is ended first, so that it and the
    /// first entry stay two.
    pub fn after(&self, tail: &[u8]) -> Cow<'_, str> {
        let torn = tail.last().is_some_and(|&byte| byte != b'\n');
        if torn && !self.lines.starts_with('\n') {
            Cow::Owned(format!("\n{}", self.lines))
        } else {
            Cow::Borrowed(&self.lines)
        }
    }
}

/// The time of a header, in milliseconds since 1970, as JavaScript prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp(String);

impl Timestamp {
    /// The placeholder of a journal that no build has stamped yet; readers call such a journal invalid.
    pub(crate) fn placeholder() -> Self {
        Self::from(0)
    }

    /// The header line of this timestamp.
    pub(crate) fn header(&self) -> String {
        format!("{HEADER_PREFIX}{self}\n")
    }

    /// The writes that replace the timestamp in a journal that begins with `head`, in this order, if that can be done in place.
    ///
    /// Somebody may be reading in between, and sees each write, an aligned word, whole or not at all. So all that can be read is
    /// the old timestamp, the new one, or an older one than that, whose entries are in the journal: when the high digits change, the
    /// low ones are cleared first.
    pub(crate) fn overwrites(&self, head: &[u8]) -> Option<Vec<(u64, &[u8])>> {
        let old = head.strip_prefix(HEADER_PREFIX.as_bytes())?.strip_suffix(b"\n")?;
        let new = self.0.as_bytes();
        let is_plain = |digits: &[u8]| digits.len() == IN_PLACE_DIGITS && digits.iter().all(u8::is_ascii_digit);
        if !is_plain(old) || !is_plain(new) || old[0] != new[0] || old > new {
            return None;
        }
        let first = HEADER_PREFIX.len() as u64;
        let (high, low) = (1..9, 9..IN_PLACE_DIGITS);
        let at = |digits: &Range<usize>| first + digits.start as u64;
        Some(if old[high.clone()] == new[high.clone()] {
            vec![(at(&low), &new[low])]
        } else {
            vec![(at(&low), b"0000"), (at(&high), &new[high]), (at(&low), &new[low])]
        })
    }
}

impl From<u64> for Timestamp {
    fn from(millis: u64) -> Self {
        Self(millis.to_string())
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Takes what `${timestamp}` gives in JavaScript for a number that is finite and not negative.
    fn from_str(text: &str) -> Result<Self> {
        let value = number::parse(text);
        if value.is_finite() && value >= 0.0 && !text.is_empty() && number::trim(text) == text {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::InvalidTimestamp { text: text.to_owned() })
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A valid journal, as read: each list in first-seen order and without duplicates.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    text: String,
    timestamp: f64,
    changed: Vec<Range<usize>>,
    removed: Vec<Range<usize>>,
}

impl Contents {
    /// Reads a journal. `None` if its header is missing or bad, or its timestamp not finite or not above 0.
    #[must_use]
    pub fn parse(bytes: Vec<u8>) -> Option<Self> {
        let text = into_text(bytes);
        let mut lines = lines(&text);
        let timestamp = number::parse(text[lines.next()?].strip_prefix(HEADER_PREFIX)?);
        if !timestamp.is_finite() || timestamp <= 0.0 {
            return None;
        }
        let mut changed = FirstSeen::with_capacity(count_line_feeds(&text).min(MOST_RESERVED));
        let mut removed = FirstSeen::with_capacity(0);
        for span in lines {
            let line = number::trim(&text[span.clone()]);
            let start = span.start + (line.as_ptr() as usize - text[span].as_ptr() as usize);
            let span = start..start + line.len();
            if line.starts_with(DELETED) {
                removed.add(&text, span.start + DELETED.len()..span.end);
            } else if !line.is_empty() && !line.starts_with('#') {
                changed.add(&text, span);
            }
        }
        let (changed, removed) = (changed.into_order(), removed.into_order());
        Some(Self { text, timestamp, changed, removed })
    }

    /// When the journal was last stamped, in milliseconds since 1970.
    #[must_use]
    pub fn timestamp(&self) -> f64 {
        self.timestamp
    }

    /// The files that were added or changed.
    #[must_use]
    pub fn changed(&self) -> impl ExactSizeIterator<Item = &str> {
        self.changed.iter().map(|span| &self.text[span.clone()])
    }

    /// The files that are gone.
    #[must_use]
    pub fn removed(&self) -> impl ExactSizeIterator<Item = &str> {
        self.removed.iter().map(|span| &self.text[span.clone()])
    }
}

/// Where the lines stand in the text.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + Clone {
    let mut start = 0;
    text.as_bytes().split(|&byte| byte == b'\n').map(move |line| {
        let span = start..start + line.len();
        start = span.end + 1;
        span
    })
}

/// How many lines there are but one.
pub(crate) fn count_line_feeds(text: &str) -> usize {
    text.bytes().map(|byte| usize::from(byte == b'\n')).sum()
}

/// UTF-8 as Node decodes it: what is not valid becomes U+FFFD.
fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(f64, Vec<String>, Vec<String>)> {
        let contents = Contents::parse(text.as_bytes().to_vec())?;
        let own = |files: &mut dyn Iterator<Item = &str>| files.map(str::to_owned).collect();
        Some((contents.timestamp(), own(&mut contents.changed()), own(&mut contents.removed())))
    }

    #[test]
    fn reads_each_list_in_first_seen_order_and_once() {
        let text =
            "# codegraph-journal v1 5\r\nb\r\n\r\n# note\r\nDELETED  x\r\na\r\nb\r\nDELETED DELETED y\r\nDELETED  x";
        let lists = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(parse(text), Some((5.0, lists(&["b", "a"]), lists(&[" x", "DELETED y"]))));
    }

    #[test]
    fn anything_but_a_stamped_header_is_no_journal() {
        for text in
            ["", "\n", "# codegraph-journal v1 \n", "# codegraph-journal v1 0\na\n", "# codegraph-journal v2 5\n"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_accepted_entry_is_read_back() {
        for file in ["a", "a b", "ä", "DELETED", "x#", "\u{85}x", "a\u{2028}b", "DELETEDx"] {
            for entry in [Entry::changed(file), Entry::deleted(file)] {
                let batch = Batch::encode([entry].into_iter()).unwrap();
                let (_, changed, removed) = parse(&format!("{HEADER_PREFIX}1\n{}", batch.lines)).unwrap();
                assert_eq!(if entry.deleted { removed } else { changed }, [file], "{entry:?}");
            }
        }
    }

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
            let error = Batch::encode([Entry::changed("fine"), Entry::changed(file)].into_iter()).unwrap_err();
            assert!(matches!(error, Error::InvalidEntry { index: 1, reason: r } if r == reason), "{file:?}: {error}");
        }
    }

    #[test]
    fn a_torn_last_line_is_ended_before_the_batch() {
        let batch = Batch::encode([Entry::changed("a")].into_iter()).unwrap();
        assert_eq!([batch.after(b""), batch.after(b"x\n"), batch.after(b"x")], ["a\n", "a\n", "\na\n"]);
        let none = Batch::default();
        assert_eq!([none.after(b"x\n"), none.after(b"x")], ["", "\n"]);
        assert_eq!(none.or_blank_line().after(b"x"), "\n");
    }

    #[test]
    fn a_header_is_overwritten_in_place_only_by_a_later_one_of_its_width() {
        let overwrites = |old: &str, new: u64| {
            let stamp = Timestamp::from(new);
            let writes = stamp.overwrites(format!("# codegraph-journal v1 {old}").as_bytes());
            writes.map(|writes| writes.into_iter().map(|(at, digits)| (at, digits.to_vec())).collect::<Vec<_>>())
        };
        let new = 1_700_000_010_010;
        assert_eq!(overwrites("1700000010010\n", new), Some(vec![(32, b"0010".to_vec())]));
        assert_eq!(overwrites("1700000010009\n", new), Some(vec![(32, b"0010".to_vec())]));
        let three = vec![(32, b"0000".to_vec()), (24, b"70000001".to_vec()), (32, b"0010".to_vec())];
        assert_eq!(overwrites("1700000009990\n", new), Some(three));
        for old in
            ["0\n", "1600000000000\r\n", "1600000000000", "1700000010011\n", "160000000000x\n", "0600000000000\n", ""]
        {
            assert_eq!(overwrites(old, new), None, "{old:?}");
        }
        assert_eq!(overwrites("1\n", 2), None);
    }

    /// What a reader may see between any two of the writes is never newer than the stamp.
    #[test]
    fn no_timestamp_in_between_is_newer() {
        for (old, new) in [
            (1_699_999_999_999, 1_700_000_000_000),
            (1_700_000_009_990, 1_700_000_010_010),
            (1_111_111_111_111, 1_999_999_990_000),
        ] {
            let mut header = Timestamp::from(old).header().into_bytes();
            let stamp = Timestamp::from(new);
            for (at, digits) in stamp.overwrites(&header.clone()).unwrap() {
                let at = usize::try_from(at).unwrap();
                header[at..at + digits.len()].copy_from_slice(digits);
                assert!(header <= stamp.header().into_bytes());
            }
            assert_eq!(header, stamp.header().into_bytes());
        }
    }

    #[test]
    fn timestamps_are_finite_and_not_negative() {
        for good in ["0", "1700000000000", "1.5", "1e+21", "5e-324"] {
            assert_eq!(good.parse::<Timestamp>().unwrap().to_string(), good);
        }
        for bad in ["", " 1", "-1", "NaN", "Infinity", "x", "undefined"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad:?}");
        }
    }
}
