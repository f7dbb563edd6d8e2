//! The entries of a call, as JavaScript hands them over.
//!
//! Asking V8 for each object's fields costs half a microsecond an entry, more than all the rest. So `lib/entries.js` reads the fields, and
//! hands over the lines to write as one text in UTF-8, which costs a tenth of that. Only if a file name has a line feed in it, the text does
//! not tell where each entry ends. Then the lines are taken one by one.

use napi::bindgen_prelude::*;

use crate::errors::{code, message, to_js_error};
use crate::warning::warn;
use codegraph_journal::addon::{Batch, count_line_feeds};
use codegraph_journal::{Entry, Error as JournalError, Result as JournalResult};

/// How many warnings a call gives at most.
const WARNINGS: usize = 10;

/// The entries of one call, as `lib/entries.js` hands them over.
pub struct Entries<'a> {
    /// How many entries there are.
    pub count: u32,
    /// The lines of the entries, each with a newline at its end.
    pub text: &'a [u8],
    /// The same lines as strings, in arrays: see [`Entry::of_line`].
    pub blocks: Array<'a>,
}

/// What is done with an entry that no reader would get back.
#[derive(Clone, Copy)]
pub enum Odd {
    /// The call fails, and nothing is written.
    Refused,
    /// The entry is left out with a warning, and the others are written. codegraph's watcher logs a thrown error at debug level only, and one odd
    /// name must not cost the watcher all other entries.
    LeftOut,
}

impl<'a> Entries<'a> {
    pub fn encode(&self, env: &Env, odd: Odd) -> Result<Batch<'a>> {
        if let Odd::Refused = odd {
            return self.lines_to_write(env, Err);
        }
        let mut left_out = Vec::new();
        let mut more = 0;
        let batch = self.lines_to_write(env, |error| {
            if left_out.len() < WARNINGS {
                left_out.push(error);
            } else {
                more += 1;
            }
            Ok(())
        })?;
        for (index, error) in left_out.iter().enumerate() {
            let others = if more > 0 && index + 1 == WARNINGS { format!(", and {more} more") } else { String::new() };
            warn(format!("{}. It is left out{others}", message(error)), code(error));
        }
        Ok(batch)
    }

    fn lines_to_write(&self, env: &Env, refuse: impl FnMut(JournalError) -> JournalResult<()>) -> Result<Batch<'a>> {
        let text = str::from_utf8(self.text).ok().filter(|_| count_line_feeds(self.text) == self.count as usize);
        let batch = if let Some(text) = text {
            Batch::of_lines(text, refuse)
        } else {
            let lines = self.lines()?;
            Batch::encode(lines.iter().map(|line| Entry::of_line(line)), refuse)
        };
        batch.map_err(|error| to_js_error(env, &error))
    }

    fn lines(&self) -> Result<Vec<String>> {
        let mut lines = Vec::with_capacity(self.count as usize);
        for block in 0..self.blocks.len() {
            let block: Vec<String> = self.blocks.get(block)?.unwrap_or_default();
            lines.extend(block);
        }
        Ok(lines)
    }
}
