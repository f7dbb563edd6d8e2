//! JavaScript's entries as the core's.
//!
//! Asking V8 for each object's fields costs half a microsecond an entry, more than all the rest. So `lib/entries.js` also gives the
//! lines to write, in UTF-8, which costs a tenth of that; the objects themselves are looked at only if anything is wrong with
//! it, to say what and where.

use napi::bindgen_prelude::*;

use super::arguments::string;
use super::errors::{invalid_type, thrown};
use crate::error::{Error as JournalError, Refusal};
use crate::format::{self, Batch, Entry};

/// The lines to write for the entries of one call.
pub fn encode<'a>(env: &Env, entries: Unknown<'_>, lines: Option<&'a [u8]>) -> Result<Batch<'a>> {
    if !entries.is_array()? {
        return Err(invalid_type(env, "entries", "an instance of Array", entries));
    }
    let array = entries.coerce_to_object()?;
    let length = array.get_array_length()?;
    let lines = lines.and_then(|lines| str::from_utf8(lines).ok());
    let batch = if let Some(lines) = lines.filter(|lines| format::count_line_feeds(lines.as_bytes()) == length as usize)
    {
        Batch::of_lines(lines)
    } else {
        // A line feed in a name, another type than a string, or no entry at all.
        let listed = (0..length).map(|index| entry(env, &array, index)).collect::<Result<Vec<_>>>()?;
        Batch::encode(listed.iter().map(|(file, deleted)| Entry { file, deleted: *deleted }))
    };
    batch.map_err(|error| thrown(env, &error))
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
