//! The journal as text: header, entries, and how they are read. Pure: no I/O, and any bytes are accepted.
//!
//! ```text
//! # codegraph-journal v1 1700000000000
//! src/changed.ts
//! # position 0123456789abcdef
//! DELETED src/gone.ts
//! ```
//!
//! A line that begins with `#` is a comment, and readers skip it. The comment above is a [`Position`].

mod batch;
mod contents;
mod entry;
mod pages;
mod position;
mod timestamp;

use std::borrow::Cow;
use std::ops::Range;

pub use batch::Batch;
pub use contents::Contents;
pub use entry::Entry;
pub(crate) use pages::{pieces, within_pages};
pub use position::Position;
pub(crate) use timestamp::IN_PLACE_HEADER_LEN;
pub use timestamp::Timestamp;

/// How a journal begins. Equals `HEADER_PREFIX` of codegraph 3.11.2's journal.js.
pub const HEADER_PREFIX: &str = "# codegraph-journal v1 ";

/// What the line of a removed file begins with. Equals what codegraph 3.11.2's journal.js writes.
const DELETED: &str = "DELETED ";

/// The body of a journal: everything after the first line, whatever that line is.
pub(crate) fn body(journal: &[u8]) -> &[u8] {
    journal.iter().position(|&byte| byte == b'\n').map_or(&[], |newline| &journal[newline + 1..])
}

/// A body without the lines that have a NUL in them. A power failure has left only a part of such a line.
pub(crate) fn whole_lines(body: &[u8]) -> Cow<'_, [u8]> {
    if !body.contains(&0) {
        return Cow::Borrowed(body);
    }
    let whole = body.split_inclusive(|&byte| byte == b'\n').filter(|line| !line.contains(&0));
    Cow::Owned(whole.flatten().copied().collect())
}

/// Where each line stands in the text, without its newline.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> + Clone {
    let mut start = 0;
    text.split(|&byte| byte == b'\n').map(move |line| {
        let span = start..start + line.len();
        start = span.end + 1;
        span
    })
}

/// The number of line feeds.
///
/// It counts in pieces of 255 bytes, because a byte can hold the count of such a piece. Then the compiler handles many bytes at once, which is
/// ten times as fast.
#[must_use]
pub fn count_line_feeds(text: &[u8]) -> usize {
    let count = |piece: &[u8]| piece.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>();
    text.chunks(u8::MAX.into()).map(|piece| usize::from(count(piece))).sum()
}
