//! A position: how far a reader has read, as a comment line in the journal itself.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::body;
use crate::error::{Error, Result};

/// What the line of a position begins with.
const PREFIX: &str = "# position ";

/// How many digits the nonce of a position has.
const DIGITS: usize = 16;

/// How far a reader has read. A [`checkpoint`](crate::Journal::checkpoint) drops the entries before the position, and keeps those after it.
///
/// In the journal a position is a comment line with a nonce, which all readers skip. When others rewrite the journal, the line keeps its place. It
/// is dropped together with the entries before it. As text a position is 16 hexadecimal digits, or nothing for [`START`](Self::START).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position(Option<u64>);

impl Position {
    /// Before every entry. A checkpoint at it drops nothing.
    pub const START: Self = Self(None);

    pub(crate) fn new(nonce: u64) -> Self {
        Self(Some(nonce))
    }

    /// The line to write; an empty text for the start.
    pub(crate) fn line(self) -> String {
        self.0.map(|_| format!("{PREFIX}{self}\n")).unwrap_or_default()
    }

    /// The position of this line; `None` for any other line.
    pub(super) fn of_line(line: &[u8]) -> Option<Self> {
        str::from_utf8(line.strip_prefix(PREFIX.as_bytes())?).ok()?.parse().ok().filter(|&found| found != Self::START)
    }

    /// The position at the end of a journal; `None` if the journal does not end with one. Nothing has been written after such a position since
    /// somebody marked it.
    pub(crate) fn at_end_of(journal: &[u8]) -> Option<Self> {
        let body = body(journal);
        if body.is_empty() {
            return Some(Self::START);
        }
        let line = body.strip_suffix(b"\n")?;
        let start = line.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        Self::of_line(&line[start..])
    }

    /// The part of a journal after this position; `None` if the position is not in the journal.
    pub(crate) fn rest(self, journal: &[u8]) -> Option<Range<usize>> {
        if self == Self::START {
            return Some(journal.len() - body(journal).len()..journal.len());
        }
        let line = [b"\n", self.line().as_bytes()].concat();
        let start = journal.windows(line.len()).position(|bytes| bytes == line)?;
        Some(start + line.len()..journal.len())
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |nonce| write!(f, "{nonce:0DIGITS$x}"))
    }
}

impl FromStr for Position {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        match u64::from_str_radix(text, 16) {
            _ if text.is_empty() => Ok(Self::START),
            Ok(nonce) if text.len() == DIGITS && text.bytes().all(is_digit) => Ok(Self::new(nonce)),
            _ => Err(Error::InvalidPosition { text: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_as_text() {
        for position in [Position::START, Position::new(0), Position::new(0x0123_4567_89ab_cdef)] {
            assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
        }
        for other in ["0", "+123456789abcdef", "0123456789ABCDEF", "0123456789abcdef0", " 123456789abcdef"] {
            assert!(matches!(other.parse::<Position>(), Err(Error::InvalidPosition { .. })), "{other:?}");
        }
    }

    #[test]
    fn what_came_later_is_what_stands_behind_its_line() {
        let position = Position::new(0xabc);
        let line = position.line();
        let rest = |body: &str| {
            let journal = format!("# codegraph-journal v1 5\n{body}");
            position.rest(journal.as_bytes()).map(|range| journal[range].to_owned())
        };
        assert_eq!(rest(&format!("a\n{line}b\n")), Some("b\n".to_owned()));
        assert_eq!(rest(&line), Some(String::new()));
        assert_eq!(rest(&format!("{line}{line}c")), Some(format!("{line}c")));
        for other in [
            "",
            "a\n",
            "x# position 0000000000000abc\n",
            "# position 0000000000000abc",
            "# position 0000000000000abcd\n",
        ] {
            assert_eq!(rest(other), None, "{other:?}");
        }
    }

    #[test]
    fn one_that_ends_the_body_serves_the_next_reader_too() {
        let position = Position::new(7);
        let at_end = |body: String| Position::at_end_of(format!("# codegraph-journal v1 5\n{body}").as_bytes());
        assert_eq!(at_end(format!("a\n{}", position.line())), Some(position));
        assert_eq!(at_end(position.line()), Some(position));
        assert_eq!(at_end(String::new()), Some(Position::START));
        for other in
            [format!("{}a\n", position.line()), position.line().trim_end().to_owned(), "# position \n".to_owned()]
        {
            assert_eq!(at_end(other.clone()), None, "{other:?}");
        }
    }
}
