//! JavaScript's entries as the core's.
//!
//! Asking V8 for each object's fields costs half a microsecond an entry, more than all the rest. So `index.js` also gives their
//! file names joined, in UTF-8, which costs a tenth of that; the objects themselves are looked at only if anything is wrong with
//! it, to say what and where.

use napi::bindgen_prelude::*;

use super::arguments::string;
use super::errors::{invalid_type, thrown};
use crate::error::{Error as JournalError, Refusal};
use crate::format::{self, Batch, Entry};

/// Marks the file names of removed files when joined; `index.js` joins none that begin with it.
const DELETED_MARK: char = '\0';

/// The lines to write for the entries of one call.
pub fn encode(env: &Env, entries: Unknown<'_>, joined: Option<&[u8]>) -> Result<Batch> {
    if !entries.is_array()? {
        return Err(invalid_type(env, "entries", "an instance of Array", entries));
    }
    let array = entries.coerce_to_object()?;
    let length = array.get_array_length()?;
    let joined = joined.and_then(|joined| str::from_utf8(joined).ok());
    let batch = if let Some(joined) = joined.filter(|joined| count_names(joined) == length as usize) {
        Batch::encode(split(joined))
    } else {
        // A line feed in a name, another type than a string, or no entry at all.
        let listed = (0..length).map(|index| entry(env, &array, index)).collect::<Result<Vec<_>>>()?;
        Batch::encode(listed.iter().map(|(file, deleted)| Entry { file, deleted: *deleted }))
    };
    batch.map_err(|error| thrown(env, &error))
}

fn count_names(joined: &str) -> usize {
    1 + format::count_line_feeds(joined)
}

fn split(joined: &str) -> impl Iterator<Item = Entry<'_>> + Clone {
    format::lines(joined).map(|span| &joined[span]).map(|name| match name.strip_prefix(DELETED_MARK) {
        Some(file) => Entry::deleted(file),
        None => Entry::changed(name),
    })
}

/// An object `{ file, deleted }`. `deleted` is tested for truth, as the JS module does.
fn entry(env: &Env, array: &Object<'_>, index: u32) -> Result<(String, bool)> {
    let refuse = |reason| thrown(env, &JournalError::InvalidEntry { index: index as usize, reason });
    let entry: Unknown<'_> = array.get_element(index)?;
    if entry.get_type()? != ValueType::Object {
        return Err(refuse(Refusal::NotAnObject));
    }
    let entry = entry.coerce_to_object()?;
    let file = string(entry.get_named_property("file")?)?.ok_or_else(|| refuse(Refusal::NotAString))?;
    let deleted: Unknown<'_> = entry.get_named_property("deleted")?;
    Ok((file, deleted.coerce_to_bool()?))
}
