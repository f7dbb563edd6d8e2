//! One call in two parts: checking the arguments, then the work. The work knows nothing of JavaScript, so any thread can do it.
//! [`answer`](crate::answer) reports its result.

use std::io::ErrorKind;

use napi::bindgen_prelude::*;

use codegraph_journal::addon::Batch;
use codegraph_journal::{Checkpoint, JOURNAL_FILENAME, Journal, Position, Receipt, Timestamp};
use codegraph_journal::{Error as JournalError, Result as JournalResult};

/// What a call asks for. `lib/journal.js` uses the same names.
pub enum Operation<'a> {
    Append(Batch<'a>),
    AppendAndStamp(Batch<'a>, Timestamp),
    Reset(Timestamp),
    Mark,
    Checkpoint(Position, Timestamp),
}

/// The result of an operation.
#[derive(Default)]
pub struct Done {
    /// The value that the caller gets.
    pub value: Option<Value>,
    pub receipt: Receipt,
    /// Why nothing was written, although the call does not fail. codegraph's build stamps at its end and catches no errors.
    pub shortfall: Option<JournalError>,
}

pub enum Value {
    Fitted(bool),
    Marked(Position),
}

impl<'a> Operation<'a> {
    /// The timestamp is a number that JavaScript has printed. It is checked first, so that a bad one is refused before an entry causes a warning.
    pub fn new(
        name: &str,
        timestamp: Option<String>,
        position: Option<String>,
        batch: impl FnOnce() -> Result<JournalResult<Batch<'a>>>,
    ) -> Result<JournalResult<Self>> {
        let position = match position.as_deref() {
            None => Ok(Position::START),
            Some("") => Err(JournalError::InvalidPosition { text: String::new() }),
            Some(text) => text.parse(),
        };
        let timestamp = timestamp.map(|text| text.parse::<Timestamp>()).transpose();
        let (position, timestamp) = match (position, timestamp) {
            (Ok(position), Ok(timestamp)) => (position, timestamp),
            (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
        };
        Ok(match (name, timestamp) {
            ("append", None) => batch()?.map(Self::Append),
            ("appendAndStamp", Some(timestamp)) => batch()?.map(|batch| Self::AppendAndStamp(batch, timestamp)),
            ("reset", Some(timestamp)) => Ok(Self::Reset(timestamp)),
            ("mark", None) => Ok(Self::Mark),
            ("checkpoint", Some(timestamp)) => Ok(Self::Checkpoint(position, timestamp)),
            _ => return Err(Error::from_reason("there is no such operation")),
        })
    }

    /// The same operation with its own copy of the entries, so that it can be done later.
    pub fn into_owned(self) -> Operation<'static> {
        match self {
            Self::Append(batch) => Operation::Append(batch.into_owned()),
            Self::AppendAndStamp(batch, timestamp) => Operation::AppendAndStamp(batch.into_owned(), timestamp),
            Self::Reset(timestamp) => Operation::Reset(timestamp),
            Self::Mark => Operation::Mark,
            Self::Checkpoint(position, timestamp) => Operation::Checkpoint(position, timestamp),
        }
    }

    /// Does the work. A lenient mark or checkpoint fails only if it was cancelled. A lenient reset also fails if it can't get the lock, as the JS
    /// module's does.
    pub fn run(self, journal: &Journal, lenient: bool) -> JournalResult<Done> {
        let done = |value, receipt| Done { value: Some(value), receipt, shortfall: None };
        let (result, value) = match self {
            Self::Append(batch) => return journal.append_batch(batch).map(Done::from),
            Self::AppendAndStamp(batch, timestamp) => {
                return journal.append_batch_and_stamp(&batch, &timestamp).map(Done::from);
            }
            Self::Reset(timestamp) => (journal.reset(&timestamp).map(Done::from), None),
            Self::Mark => {
                let marked = journal.mark().map(|mark| done(Value::Marked(mark.position), mark.receipt));
                (marked, Some(Value::Marked(Position::START)))
            }
            Self::Checkpoint(position, timestamp) => {
                let checkpoint = journal.checkpoint(position, &timestamp);
                let stamped = |Checkpoint { fitted, receipt, .. }| done(Value::Fitted(fitted), receipt);
                (checkpoint.map(stamped), Some(Value::Fitted(false)))
            }
        };
        result.or_else(|error| {
            let is_borne = match &error {
                JournalError::Cancelled { .. } => false,
                JournalError::Io { .. } | JournalError::NotAFile { .. } if !is_lock_denied(&error) => lenient,
                _ => lenient && value.is_some(),
            };
            if is_borne { Ok(Done { value, shortfall: Some(error), ..Done::default() }) } else { Err(error) }
        })
    }
}

/// Whether Windows has denied access to the lockfile, or to its directory. The JS module's reset throws then, and this one does so as well. What is
/// denied to a writer that has the lock is the journal's.
fn is_lock_denied(error: &JournalError) -> bool {
    matches!(error, JournalError::Io { syscall: "open" | "mkdir", path, source }
        if cfg!(windows) && source.kind() == ErrorKind::PermissionDenied && !path.ends_with(JOURNAL_FILENAME))
}

impl From<Receipt> for Done {
    fn from(receipt: Receipt) -> Self {
        Self { receipt, ..Self::default() }
    }
}
