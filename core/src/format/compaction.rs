//! Compaction: a body of mostly duplicates, each line once.

use std::ops::Range;

use super::first_seen::FirstSeen;
use super::{Position, lines};

/// A smaller journal is never compacted, because reading one takes a few milliseconds at most.
const LARGE: u64 = 1 << 20;

/// How many positions a compaction keeps: the newest. The reader of each is still at work, or has died.
const POSITIONS: usize = 8;

/// Whether a journal that grows from `len` to `grown` bytes is to be searched for duplicates.
///
/// A search is due each time that the length doubles, except by a batch of over a quarter of the length. So many batches share the cost of
/// a search through the whole journal.
pub(crate) fn is_due(len: u64, grown: u64) -> bool {
    grown >= LARGE && grown.ilog2() > len.max(LARGE - 1).ilog2() && grown - len <= len / 4
}

/// The body with each line once, at its first place, if that makes the body at most half as long. Readers get the same from both.
///
/// A line behind a position came later than the same line before that position. So each line is kept once before each position.
pub(crate) fn compacted(body: &[u8]) -> Option<Vec<u8>> {
    let positions = lines(body).filter(|span| is_position(body, span)).count();
    let mut compacted = Vec::new();
    let mut nth = 0;
    let mut segment = FirstSeen::of(body, 0);
    for span in lines(body) {
        if is_position(body, &span) {
            nth += 1;
            if nth + POSITIONS > positions {
                copy(body, segment.into_order(), &mut compacted);
                copy(body, [span], &mut compacted);
                segment = FirstSeen::of(body, 0);
            }
        } else if !span.is_empty() {
            segment.add(span);
        }
    }
    copy(body, segment.into_order(), &mut compacted);
    (2 * compacted.len() <= body.len()).then_some(compacted)
}

fn copy(body: &[u8], lines: impl IntoIterator<Item = Range<usize>>, to: &mut Vec<u8>) {
    for line in lines {
        to.extend_from_slice(&body[line]);
        to.push(b'\n');
    }
}

fn is_position(body: &[u8], line: &Range<usize>) -> bool {
    line.end < body.len() && Position::of_line(&body[line.clone()]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Option<String> {
        compacted(body.as_bytes()).map(|compacted| String::from_utf8(compacted).unwrap())
    }

    #[test]
    fn a_line_is_kept_once_before_each_position() {
        let [old, new] = [1, 2].map(|nonce| Position::new(nonce).line());
        let many = "a\nb\n\nDELETED a\na\n".repeat(9);
        let body = format!("{many}{old}{many}b\n{new}{many}");
        let once = "a\nb\nDELETED a\n";
        assert_eq!(text(&body), Some(format!("{once}{old}{once}{new}{once}")));
    }

    #[test]
    fn only_the_newest_positions_are_kept() {
        let position = |nonce| Position::new(nonce).line();
        let body: Vec<_> = (0..20).map(|nonce| "a\n".repeat(30) + &position(nonce)).collect();
        let kept: Vec<_> = (12..20).map(|nonce| "a\n".to_owned() + &position(nonce)).collect();
        assert_eq!(text(&body.concat()), Some(kept.concat()));
    }

    #[test]
    fn what_is_not_mostly_duplicates_stays() {
        assert_eq!(text("a\nb\na\n"), None);
        assert_eq!(text("a\na\n"), Some("a\n".to_owned()));
        assert_eq!(text(&"\n".repeat(10)), Some(String::new()));
    }

    #[test]
    fn it_is_due_each_time_that_the_length_doubles() {
        let mib = |count: u64| count << 20;
        assert!(!is_due(0, mib(1) - 1));
        assert!(is_due(mib(1) - 1, mib(1)));
        assert!(is_due(mib(7), mib(8)));
        assert!(!is_due(0, mib(5)));
        assert!(!is_due(mib(6), mib(8)), "a batch of its own size");
        assert!(!is_due(mib(1), mib(2) - 1));
        assert!(is_due(mib(2) - 1, mib(2)));
        assert!(!is_due(mib(2), mib(3)));
    }
}
