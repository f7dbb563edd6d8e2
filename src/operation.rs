//! One call in parts: its arguments, checked, and then the work, which knows nothing of JavaScript and can be done on any thread.
//! What the caller gets is in [`answer`](crate::answer).

use napi::bindgen_prelude::*;

use crate::arguments;
use crate::entries::{Entries, Odd};
use codegraph_journal::addon::Batch;
use codegraph_journal::{Checkpoint, Contents, Journal, Position, Reading, Receipt, Timestamp};
use codegraph_journal::{Error as JournalError, Result as JournalResult};

/// What a call asks for.
pub enum Operation<'a> {
    Append(Batch<'a>),
    AppendAndStamp(Batch<'a>, Timestamp),
    Reset(Timestamp, Unwritten),
    Checkpoint(Position, Timestamp),
    ReadToPosition,
}

/// What becomes of a header that can't be written, for the system says so.
#[derive(Clone, Copy, PartialEq)]
pub enum Unwritten {
    Throws,
    /// codegraph's build stamps at its end, and catches nothing.
    Warns,
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
    /// With the position, if one was asked for.
    Read(Option<Contents>, Option<Position>),
}

impl<'a> Operation<'a> {
    pub fn append(env: &Env, entries: &Entries<'a>, odd: Odd) -> Result<Self> {
        entries.encode(env, odd).map(Self::Append)
    }

    /// The timestamp first: one that is refused comes before any warning of an entry.
    pub fn append_and_stamp(env: &Env, timestamp: &str, entries: &Entries<'a>, odd: Odd) -> Result<Self> {
        let timestamp = arguments::timestamp(env, timestamp)?;
        Ok(Self::AppendAndStamp(entries.encode(env, odd)?, timestamp))
    }

    pub fn reset(env: &Env, timestamp: &str, unwritten: Unwritten) -> Result<Self> {
        Ok(Self::Reset(arguments::timestamp(env, timestamp)?, unwritten))
    }

    pub fn checkpoint(env: &Env, position: &str, timestamp: &str) -> Result<Self> {
        Ok(Self::Checkpoint(arguments::position(env, position)?, arguments::timestamp(env, timestamp)?))
    }

    /// For a later moment: nothing of it is the caller's any more.
    pub fn into_owned(self) -> Operation<'static> {
        match self {
            Self::Append(batch) => Operation::Append(batch.into_owned()),
            Self::AppendAndStamp(batch, timestamp) => Operation::AppendAndStamp(batch.into_owned(), timestamp),
            Self::Reset(timestamp, unwritten) => Operation::Reset(timestamp, unwritten),
            Self::Checkpoint(position, timestamp) => Operation::Checkpoint(position, timestamp),
            Self::ReadToPosition => Operation::ReadToPosition,
        }
    }

    pub fn run(self, journal: &Journal) -> JournalResult<Done> {
        match self {
            Self::Append(batch) => journal.append_batch(batch).map(Done::from),
            Self::AppendAndStamp(batch, timestamp) => {
                journal.append_batch_and_stamp(&batch, &timestamp).map(Done::from)
            }
            Self::Reset(timestamp, unwritten) => match journal.reset(&timestamp) {
                Err(error @ (JournalError::Io { .. } | JournalError::NotAFile { .. }))
                    if unwritten == Unwritten::Warns =>
                {
                    Ok(Done { shortfall: Some(error), ..Done::default() })
                }
                result => result.map(Done::from),
            },
            Self::Checkpoint(position, timestamp) => {
                let Checkpoint { fitted, receipt, .. } = journal.checkpoint(position, &timestamp)?;
                Ok(Done { value: Value::Fitted(fitted), ..receipt.into() })
            }
            Self::ReadToPosition => match journal.read_to_position() {
                Ok(Reading { contents, position, receipt, .. }) => {
                    Ok(Done { value: Value::Read(contents, Some(position)), ..receipt.into() })
                }
                Err(error @ JournalError::Cancelled { .. }) => Err(error),
                // A journal that can't be written to can be read all the same.
                Err(error) => {
                    let value = Value::Read(journal.read(), Some(Position::START));
                    Ok(Done { value, shortfall: Some(error), ..Done::default() })
                }
            },
        }
    }
}

impl Done {
    /// A journal as read without a lock.
    pub fn read(contents: Option<Contents>) -> Self {
        Self { value: Value::Read(contents, None), ..Self::default() }
    }
}

impl From<Receipt> for Done {
    fn from(receipt: Receipt) -> Self {
        Self { receipt, ..Self::default() }
    }
}
