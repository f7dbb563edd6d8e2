//! The journal as readers see it.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::ops::Range;

use super::{DELETED, HEADER_PREFIX, Timestamp, lines};
use crate::number;

/// A valid journal, as read: each list in first-seen order and without duplicates.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    text: String,
    timestamp: Timestamp,
    changed: Vec<Range<usize>>,
    removed: Vec<Range<usize>>,
}

impl Contents {
    /// The contents of a journal of these bytes; `None` if the journal is invalid.
    ///
    /// A journal is invalid if its header is missing or bad, or if the timestamp there is not a finite number above 0. A journal with a NUL
    /// in it is invalid too. No entry has a NUL, but if the power fails before an append is on the disk, ext4 leaves NULs in its place.
    #[must_use]
    pub fn parse(bytes: Vec<u8>) -> Option<Self> {
        if bytes.contains(&0) {
            return None;
        }
        let text = into_text(bytes);
        let mut lines = lines(text.as_bytes());
        let timestamp = number::trim(text[lines.next()?].strip_prefix(HEADER_PREFIX)?);
        let timestamp: Timestamp = timestamp.parse().ok().filter(|stamped: &Timestamp| stamped.millis() > 0.0)?;
        let (mut changed, mut removed) = (Vec::new(), Vec::new());
        for span in lines {
            let line = number::trim(&text[span.clone()]);
            let start = span.start + (line.as_ptr() as usize - text[span].as_ptr() as usize);
            let span = start..start + line.len();
            if line.starts_with(DELETED) {
                removed.push(span.start + DELETED.len()..span.end);
            } else if !line.is_empty() && !line.starts_with('#') {
                changed.push(span);
            }
        }
        for list in [&mut changed, &mut removed] {
            // Without random numbers: the system may refuse them, and the JS module needs none.
            let hasher = BuildHasherDefault::<DefaultHasher>::default();
            let mut seen = HashSet::with_capacity_and_hasher(list.len(), hasher);
            list.retain(|span| seen.insert(&text[span.clone()]));
        }
        Some(Self { text, timestamp, changed, removed })
    }

    /// When the journal was last stamped.
    #[must_use]
    pub fn timestamp(&self) -> &Timestamp {
        &self.timestamp
    }

    /// The files that were added or changed.
    #[must_use]
    pub fn changed(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.changed.iter().map(|span| &self.text[span.clone()])
    }

    /// The files that are gone.
    #[must_use]
    pub fn removed(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.removed.iter().map(|span| &self.text[span.clone()])
    }
}

/// Decodes UTF-8 as Node does: invalid bytes become U+FFFD.
fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(f64, Vec<String>, Vec<String>)> {
        let contents = Contents::parse(text.as_bytes().to_vec())?;
        let own = |files: &mut dyn Iterator<Item = &str>| files.map(str::to_owned).collect();
        Some((contents.timestamp().millis(), own(&mut contents.changed()), own(&mut contents.removed())))
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
        for text in [
            "",
            "\n",
            "# codegraph-journal v1 \n",
            "# codegraph-journal v1 0\na\n",
            "# codegraph-journal v2 5\n",
            "# codegraph-journal v1 0x5\n",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_a_power_failure_left_of_an_append_is_no_journal() {
        assert_eq!(parse("# codegraph-journal v1 5\na\n\0\0\0\0"), None);
    }
}
