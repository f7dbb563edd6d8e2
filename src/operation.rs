//! One call in parts: its arguments, checked, and then the work, which knows nothing of JavaScript and can be done on any thread.
//! What the caller gets is in [`answer`](crate::answer).

use napi::bindgen_prelude::*;

use crate::arguments;
use crate::entries::Entries;
use codegraph_journal::Receipt;
use codegraph_journal::{Batch, Contents, Position, Timestamp};
use codegraph_journal::{Checkpoint, Journal, Reading};
use codegraph_journal::{Error as JournalError, Result as JournalResult};

/// What a call asks for.
pub enum Operation<'a> {
    Append(Batch<'a>),
    AppendAndStamp(Batch<'a>, Timestamp),
    Reset(Timestamp),
    /// codegraph's build calls this at its end and catches nothing.
    ResetOrWarn(Timestamp),
    Checkpoint(Position, Timestamp),
    Read,
}

/// What it came to.
#[derive(Default)]
pub struct Done {
    pub value: Value,
    pub receipt: Receipt,
    /// What went wrong without being a failure of the call: a reset was not written, or a read has no position.
    pub shortfall: Option<JournalError>,
}

/// The caller's result.
#[derive(Default)]
pub enum Value {
    #[default]
    Nothing,
    Fitted(bool),
    Read(Option<Contents>, Position),
}

impl<'a> Operation<'a> {
    pub fn append(env: &Env, entries: &Entries<'a>) -> Result<Self> {
        entries.all(env).map(Self::Append)
    }

    /// codegraph's watcher calls this, and only logs at debug level what it throws: one odd name must not cost it all the others.
    pub fn append_or_warn(env: &Env, entries: &Entries<'a>) -> Result<Self> {
        entries.writable(env).map(Self::Append)
    }

    pub fn append_and_stamp(env: &Env, timestamp: Unknown<'_>, entries: &Entries<'a>) -> Result<Self> {
        let timestamp = arguments::timestamp(env, timestamp)?;
        Ok(Self::AppendAndStamp(entries.all(env)?, timestamp))
    }

    /// As [`append_or_warn`](Self::append_or_warn). Warns of nothing if the timestamp is refused.
    pub fn append_and_stamp_or_warn(env: &Env, timestamp: Unknown<'_>, entries: &Entries<'a>) -> Result<Self> {
        let timestamp = arguments::timestamp(env, timestamp)?;
        Ok(Self::AppendAndStamp(entries.writable(env)?, timestamp))
    }

    pub fn reset(env: &Env, timestamp: Unknown<'_>) -> Result<Self> {
        arguments::timestamp(env, timestamp).map(Self::Reset)
    }

    pub fn reset_or_warn(env: &Env, timestamp: Unknown<'_>) -> Result<Self> {
        arguments::timestamp(env, timestamp).map(Self::ResetOrWarn)
    }

    pub fn checkpoint(env: &Env, position: &str, timestamp: Unknown<'_>) -> Result<Self> {
        let position = arguments::position(env, position)?;
        Ok(Self::Checkpoint(position, arguments::timestamp(env, timestamp)?))
    }

    /// For a later moment: nothing of it is the caller's any more.
    pub fn into_owned(self) -> Operation<'static> {
        match self {
            Self::Append(batch) => Operation::Append(batch.into_owned()),
            Self::AppendAndStamp(batch, timestamp) => Operation::AppendAndStamp(batch.into_owned(), timestamp),
            Self::Reset(timestamp) => Operation::Reset(timestamp),
            Self::ResetOrWarn(timestamp) => Operation::ResetOrWarn(timestamp),
            Self::Checkpoint(position, timestamp) => Operation::Checkpoint(position, timestamp),
            Self::Read => Operation::Read,
        }
    }

    pub fn run(self, journal: &Journal) -> JournalResult<Done> {
        match self {
            Self::Append(batch) => journal.append_batch(batch).map(Done::from),
            Self::AppendAndStamp(batch, timestamp) => {
                journal.append_batch_and_stamp(&batch, &timestamp).map(Done::from)
            }
            Self::Reset(timestamp) => journal.reset(&timestamp).map(Done::from),
            Self::ResetOrWarn(timestamp) => match journal.reset(&timestamp) {
                Err(error @ (JournalError::Io { .. } | JournalError::NotAFile { .. })) => {
                    Ok(Done { shortfall: Some(error), ..Done::default() })
                }
                result => result.map(Done::from),
            },
            Self::Checkpoint(position, timestamp) => {
                let Checkpoint { fitted, receipt, .. } = journal.checkpoint(position, &timestamp)?;
                Ok(Done { value: Value::Fitted(fitted), ..receipt.into() })
            }
            Self::Read => match journal.read_to_position() {
                Ok(Reading { contents, position, receipt, .. }) => {
                    Ok(Done { value: Value::Read(contents, position), ..receipt.into() })
                }
                Err(error @ JournalError::Cancelled { .. }) => Err(error),
                // A journal that can't be written to can be read all the same.
                Err(error) => {
                    let value = Value::Read(journal.read(), Position::START);
                    Ok(Done { value, shortfall: Some(error), ..Done::default() })
                }
            },
        }
    }
}

impl From<Receipt> for Done {
    fn from(receipt: Receipt) -> Self {
        Self { receipt, ..Self::default() }
    }
}
