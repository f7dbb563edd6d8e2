//! Lines that would lie across the end of a page.
//!
//! The kernel writes a page at a time. A reader or a `SIGKILL` can come between two pages, when only the first part of such a line is there.
//! That part reads as another file's name. So blanks and a newline fill up the page before such a line: a blank line, which all readers skip.
//!
//! # What is not guaranteed
//!
//! If a size limit (`RLIMIT_FSIZE`) cuts a write short, the write ends within a line. A reader sees the first part of that line until the writer has
//! taken the write back.

use std::borrow::Cow;

/// Larger pages, and larger pieces in which a kernel may write, are multiples of this size.
const PAGE: usize = 4096;

/// The lines, each with its newline, as they are written at `offset` of a file; `None` if one is longer than a page.
pub(crate) fn within_pages(mut lines: &str, offset: u64) -> Option<Cow<'_, str>> {
    let mut left = PAGE - usize::try_from(offset % PAGE as u64).expect("less than a page");
    if lines.len() <= left {
        return Some(Cow::Borrowed(lines));
    }
    let mut within = String::with_capacity(lines.len() + lines.len() / 16);
    while lines.len() > left {
        let (whole, rest) = lines.split_at(whole(lines, left));
        if whole.is_empty() && left == PAGE {
            return None;
        }
        within.push_str(whole);
        if whole.len() < left {
            within.extend(std::iter::repeat_n(' ', left - whole.len() - 1));
            within.push('\n');
        }
        (lines, left) = (rest, PAGE);
    }
    within.push_str(lines);
    Some(Cow::Owned(within))
}

/// The lines in pieces of whole lines, each of a page's length at most; `None` if one is longer than that.
pub(crate) fn pieces(mut lines: &str) -> Option<Vec<&str>> {
    let mut pieces = Vec::new();
    while lines.len() > PAGE {
        let (piece, rest) = lines.split_at(whole(lines, PAGE));
        pieces.push(piece);
        lines = rest;
        if piece.is_empty() {
            return None;
        }
    }
    pieces.push(lines);
    Some(pieces)
}

/// How long the whole lines are that the first `most` bytes have.
fn whole(lines: &str, most: usize) -> usize {
    lines.as_bytes()[..most].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of lines that are cut at the end of any page, whole ones are left, and the same ones.
    #[test]
    fn no_line_lies_across_a_page_end() {
        let names: Vec<_> = (0..3000).map(|n: usize| "n".repeat(1 + n * n % 97 + n % 700 / 699 * 4000)).collect();
        let lines = names.join("\n") + "\n";
        for offset in [0, 1, 37, 4094, 4095, 4096, 5000_usize] {
            let within = within_pages(&lines, offset as u64).unwrap();
            for end in (0..within.len()).filter(|end| (offset + end).is_multiple_of(PAGE) && *end > 0) {
                assert_eq!(within.as_bytes()[end - 1], b'\n', "at {end}");
            }
            let found: Vec<_> = within.lines().filter(|line| !line.trim().is_empty()).collect();
            assert_eq!(found, names.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_fits_is_written_as_it_is() {
        let page = format!("{}\n", "x".repeat(PAGE - 1));
        assert_eq!(within_pages("ab\n", 4093).unwrap(), "ab\n");
        assert_eq!(within_pages("ab\n", 4094).unwrap(), " \nab\n");
        assert_eq!(within_pages("ab\n", 4095).unwrap(), "\nab\n");
        assert_eq!(within_pages("", 4095).unwrap(), "");
        assert_eq!(within_pages(&page.repeat(3), 8192).unwrap(), page.repeat(3));
        assert_eq!(within_pages(&format!("x{page}"), 0), None);
    }

    #[test]
    fn pieces_are_of_whole_lines() {
        let lines = "0123456789\n".repeat(1000);
        let pieces = pieces(&lines).unwrap();
        assert!(pieces.iter().all(|piece| piece.len() <= PAGE && piece.ends_with('\n')));
        assert_eq!((pieces.concat(), pieces.len()), (lines, 3));
        assert_eq!(super::pieces(&"x".repeat(PAGE + 1)), None);
    }
}
