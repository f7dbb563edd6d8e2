//! One call in two parts: checking the arguments, and then the work, which knows nothing of JavaScript and can be done on any thread.
//! [`answer`](crate::answer) makes what the caller gets.

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
    Checkpoint(Position, Timestamp, Unwritten),
    ReadToPosition,
    Mark,
}

/// What is done when a header can't be written.
#[derive(Clone, Copy, PartialEq)]
pub enum Unwritten {
    Throws,
    /// A warning, for codegraph's build, which stamps at its end and catches nothing. A checkpoint warns of everything, the lock included. A
    /// reset warns only of what the system says: the JS module's throws without the lock.
    Warns,
}

/// The result of an operation.
#[derive(Default)]
pub struct Done {
    pub value: Value,
    pub receipt: Receipt,
    /// What went wrong without making the call fail: a header was not written, or a read has no position.
    pub shortfall: Option<JournalError>,
}

/// The value that the caller gets.
#[derive(Default)]
pub enum Value {
    #[default]
    Nothing,
    Fitted(bool),
    Marked(Position),
    /// What was read, and the position, if the caller asked for one.
    Read(Option<Contents>, Option<Position>),
}

impl<'a> Operation<'a> {
    pub fn append(env: &Env, entries: &Entries<'a>, odd: Odd) -> Result<Self> {
        entries.encode(env, odd).map(Self::Append)
    }

    /// Checks the timestamp first, so that its refusal comes before any warning of an entry.
    pub fn append_and_stamp(env: &Env, timestamp: &str, entries: &Entries<'a>, odd: Odd) -> Result<Self> {
        let timestamp = arguments::timestamp(env, timestamp)?;
        Ok(Self::AppendAndStamp(entries.encode(env, odd)?, timestamp))
    }

    pub fn reset(env: &Env, timestamp: &str, unwritten: Unwritten) -> Result<Self> {
        Ok(Self::Reset(arguments::timestamp(env, timestamp)?, unwritten))
    }

    pub fn checkpoint(env: &Env, position: &str, timestamp: &str, unwritten: Unwritten) -> Result<Self> {
        let position = arguments::position(env, position)?;
        Ok(Self::Checkpoint(position, arguments::timestamp(env, timestamp)?, unwritten))
    }

    /// The same operation with its own copy of the entries, for a later moment.
    pub fn into_owned(self) -> Operation<'static> {
        match self {
            Self::Append(batch) => Operation::Append(batch.into_owned()),
            Self::AppendAndStamp(batch, timestamp) => Operation::AppendAndStamp(batch.into_owned(), timestamp),
            Self::Reset(timestamp, unwritten) => Operation::Reset(timestamp, unwritten),
            Self::Checkpoint(position, timestamp, unwritten) => Operation::Checkpoint(position, timestamp, unwritten),
            Self::ReadToPosition => Operation::ReadToPosition,
            Self::Mark => Operation::Mark,
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
            Self::Checkpoint(position, timestamp, unwritten) => match journal.checkpoint(position, &timestamp) {
                Ok(Checkpoint { fitted, receipt, .. }) => Ok(Done { value: Value::Fitted(fitted), ..receipt.into() }),
                Err(error @ JournalError::Cancelled { .. }) => Err(error),
                Err(error) if unwritten == Unwritten::Warns => {
                    Ok(Done { value: Value::Fitted(false), shortfall: Some(error), ..Done::default() })
                }
                Err(error) => Err(error),
            },
            Self::ReadToPosition => match journal.read_to_position() {
                Ok(Reading { contents, position, receipt, .. }) => {
                    Ok(Done { value: Value::Read(contents, Some(position)), ..receipt.into() })
                }
                Err(error @ JournalError::Cancelled { .. }) => Err(error),
                // A journal that can't be written to can still be read.
                Err(error) => {
                    let value = Value::Read(journal.read(), Some(Position::START));
                    Ok(Done { value, shortfall: Some(error), ..Done::default() })
                }
            },
            Self::Mark => match journal.read_to_position() {
                Ok(Reading { position, receipt, .. }) => Ok(Done { value: Value::Marked(position), ..receipt.into() }),
                Err(error @ JournalError::Cancelled { .. }) => Err(error),
                // A build without a position drops nothing at its end.
                Err(error) => {
                    Ok(Done { value: Value::Marked(Position::START), shortfall: Some(error), ..Done::default() })
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
