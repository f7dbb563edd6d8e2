//! The entries of a call, as JavaScript hands them over.
//!
//! Asking V8 for the fields of an object costs half a microsecond, more than all the rest. So `lib/entries.js` reads the fields, and hands over
//! the lines to write as one text in UTF-8, which costs a tenth of that. If a file name has a line feed in it, the text does not show where
//! each entry ends. Then the lines are taken one by one.

use napi::bindgen_prelude::*;

use codegraph_journal::addon::{Batch, count_line_feeds};
use codegraph_journal::{Entry, Error as JournalError, Result as JournalResult};

/// How many of the left-out entries a warning names.
const NAMED: usize = 10;

/// The entries of one call, as `lib/entries.js` hands them over.
pub struct Entries<'a> {
    /// How many entries there are.
    pub count: u32,
    /// The lines of the entries, each with a newline at its end.
    pub text: &'a [u8],
    /// The same lines as strings: see [`Entry::of_line`].
    pub lines: Array<'a>,
}

impl<'a> Entries<'a> {
    /// The lines to write. An entry that readers could not read back fails the call. If the call is `lenient`, such an entry is left out, and
    /// `left_out` names it: codegraph's watcher logs a thrown error at debug level only, and must not lose all entries because of one odd name.
    pub fn encode(&self, lenient: bool, left_out: &mut Option<String>) -> Result<JournalResult<Batch<'a>>> {
        let (mut named, mut all) = (Vec::new(), 0);
        let batch = self.lines_to_write(|error| {
            if !lenient {
                return Err(error);
            }
            all += 1;
            if all <= NAMED {
                named.push(error.to_string());
            }
            Ok(())
        })?;
        if all > 0 {
            let others = if all > NAMED { format!("; and {} more", all - NAMED) } else { String::new() };
            *left_out = Some(format!("Left out: {}{others}", named.join("; ")));
        }
        Ok(batch)
    }

    fn lines_to_write(
        &self,
        refuse: impl FnMut(JournalError) -> JournalResult<()>,
    ) -> Result<JournalResult<Batch<'a>>> {
        let text = str::from_utf8(self.text).ok().filter(|_| count_line_feeds(self.text) == self.count as usize);
        if let Some(text) = text {
            return Ok(Batch::of_lines(text, refuse));
        }
        let lines =
            (0..self.count).map(|line| self.lines.get::<String>(line)?.ok_or_else(|| Error::from_reason("no line")));
        let lines = lines.collect::<Result<Vec<_>>>()?;
        Ok(Batch::encode(lines.iter().map(|line| Entry::of_line(line)), refuse))
    }
}
