//! Lines that lie across the end of a page.
//!
//! The kernel writes a page at a time. A reader or a `SIGKILL` can come between two pages, when only the first part of such a line is
//! there. That part is another file's name. So such a line is written as a comment first, `#rc/changed.ts`. Its first byte is put right
//! when the rest of the line is there.
//!
//! # What is not guaranteed
//!
//! - A writer that is killed between two pages leaves such a comment without a newline. The next native writer ends the line. The JS module
//!   appends to the line, as to any torn line, so that the module's first entry becomes part of the comment. No order of writes in place
//!   could avoid both: if a page ended in a newline until the next page is there, a slow reader could see that newline and then the next
//!   page.
//! - A write that a limit in bytes cuts (`RLIMIT_FSIZE`) ends within a line. A reader sees the first part of that line until the writer
//!   takes the write back.

/// Larger pages, and larger pieces in which a kernel may write, are multiples of this size.
const PAGE: usize = 4096;

/// The first byte of a line that is not yet whole.
pub(crate) const COMMENT: u8 = b'#';

/// Where the lines begin that lie across the end of a page, if `lines` are written at `offset`. Lines that are comments anyway are left
/// out.
pub(crate) fn over_page_ends(lines: &[u8], offset: u64) -> Vec<usize> {
    let in_page = usize::try_from(offset % PAGE as u64).expect("less than a page");
    let mut over = Vec::new();
    let (mut start, mut searched) = (0, 0);
    for page_end in (PAGE - in_page..lines.len()).step_by(PAGE) {
        if let Some(newline) = lines[searched..page_end].iter().rposition(|&byte| byte == b'\n') {
            start = searched + newline + 1;
        }
        searched = page_end;
        // A long line lies across several ends, and is told once.
        if start < page_end && lines[start] != COMMENT && over.last() != Some(&start) {
            over.push(start);
        }
    }
    over
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_on_both_sides_of_a_page_end_lies_over_it() {
        let over =
            |before: &str, offset: usize| over_page_ends(format!("{before}\nab\ncd\n").as_bytes(), offset as u64);
        // The page ends before "ab", in it, before and after its newline, and in "cd".
        let starts = [vec![], vec![2], vec![2], vec![], vec![5], vec![5], vec![]];
        for (byte, expected) in starts.into_iter().enumerate() {
            assert_eq!(over("x", PAGE - 2 - byte), expected, "{byte}");
        }
        assert_eq!(over("x", PAGE - 1), [0]);
        assert_eq!(over("x", PAGE), []);
        assert_eq!(over("x", 7 * PAGE - 3), [2]);
        assert_eq!(over("#", PAGE - 1), [], "a comment");
        assert_eq!(over(&"x".repeat(10_000), 0), [0], "over more than one");
        assert_eq!(over(&"x".repeat(1 << 24), 0), [0], "looked at once: for minutes, if again for each page");
        assert_eq!(over_page_ends(b"", 1), []);
    }

    /// A text that is cut at the end of any page reads as some of its whole lines.
    #[test]
    fn no_line_is_found_in_part() {
        let names: Vec<_> = (0..3000).map(|n: usize| "n".repeat(1 + n * n % 97 + n % 700 / 699 * 9000)).collect();
        let lines = names.join("\n") + "\n";
        for offset in [0, 1, 37, 4095, 4096, 5000_usize] {
            let mut bytes = lines.clone().into_bytes();
            let over = over_page_ends(&bytes, offset as u64);
            assert!(!over.is_empty());
            for start in over {
                bytes[start] = COMMENT;
            }
            for end in (0..bytes.len()).filter(|end| (offset + end).is_multiple_of(PAGE)) {
                let found = str::from_utf8(&bytes[..end]).unwrap().lines().zip(lines.lines());
                for (line, whole) in found {
                    assert!(line == whole || line.starts_with('#'), "at {end}, {line}");
                }
            }
        }
    }
}
