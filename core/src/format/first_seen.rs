//! Lines in first-seen order, each once.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::ops::Range;

/// The different lines of one list, in the order of their first appearance.
pub(crate) struct FirstSeen<'a> {
    text: &'a [u8],
    /// Its keys don't change. Random keys come from the system, and the standard library panics if the system refuses them.
    seen: HashSet<&'a [u8], BuildHasherDefault<DefaultHasher>>,
    /// The first place of each line in the text.
    order: Vec<Range<usize>>,
}

impl<'a> FirstSeen<'a> {
    /// An empty list of lines of `text`, with room for `lines` different ones.
    pub fn of(text: &'a [u8], lines: usize) -> Self {
        Self {
            text,
            seen: HashSet::with_capacity_and_hasher(lines, BuildHasherDefault::default()),
            order: Vec::with_capacity(lines),
        }
    }

    /// Adds the line at `span`.
    pub fn add(&mut self, span: Range<usize>) {
        if self.seen.insert(&self.text[span.clone()]) {
            self.order.push(span);
        }
    }

    pub fn into_order(self) -> Vec<Range<usize>> {
        self.order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_stands_where_it_was_first_seen() {
        let text = b"bab\0a";
        let mut lines = FirstSeen::of(text, 0);
        for span in [0..1, 1..2, 2..3, 0..0, 2..4, 4..5, 4..4] {
            lines.add(span);
        }
        assert_eq!(lines.into_order(), [0..1, 1..2, 0..0, 2..4]);
    }
}
