//! codegraph's change journal, locked natively: **no acknowledged entry is ever lost**.
//!
//! codegraph keeps a list of the files that have changed since its last build, the *journal*: a small text file that several processes
//! write at once. This crate reads and writes that file. Its writers exclude each other, and share a lockfile with codegraph's own
//! JavaScript module, so that both may write one journal.
//!
//! # A build and a watcher
//!
//! A watcher appends *entries*: the names of files that changed or are gone. A build reads them, and drops them by a
//! *checkpoint*. A checkpoint also *stamps* the journal: its header then tells up to which time all changes are in it.
//!
//! ```
//! use codegraph_journal::{Entry, Journal, Timestamp};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let project = tempfile::tempdir()?;
//! # let project = project.path();
//! let journal = Journal::for_root(project);
//! journal.reset(&Timestamp::now())?;
//!
//! // A watcher:
//! journal.append(&[Entry::changed("src/changed.ts"), Entry::deleted("src/gone.ts")])?;
//!
//! // A build takes the time, marks how far the journal has come, reads, and works:
//! let started_at = Timestamp::now();
//! let mark = journal.mark()?;
//! let contents = journal.read().expect("a stamped journal");
//! assert_eq!(contents.changed().collect::<Vec<_>>(), ["src/changed.ts"]);
//! assert_eq!(contents.removed().collect::<Vec<_>>(), ["src/gone.ts"]);
//!
//! // Meanwhile the watcher goes on:
//! journal.append(&[Entry::changed("src/later.ts")])?;
//!
//! // At the build's end what came before the mark is dropped. The time is that of the build's start: what changed since is not surely built.
//! let checkpoint = journal.checkpoint(mark.position, &started_at)?;
//! assert!(checkpoint.fitted);
//! let contents = journal.read().expect("a stamped journal");
//! assert_eq!(contents.changed().collect::<Vec<_>>(), ["src/later.ts"]);
//! # Ok(())
//! # }
//! ```
//!
//! # The calls
//!
//! | to | call |
//! |---|---|
//! | add entries | [`append`](Journal::append) |
//! | add entries and stamp | [`append_and_stamp`](Journal::append_and_stamp) |
//! | read, without the lock | [`read`](Journal::read) |
//! | tell how far it has come, for a later checkpoint | [`mark`](Journal::mark) |
//! | drop what came before the mark, and stamp | [`checkpoint`](Journal::checkpoint) |
//! | drop everything, and stamp | [`reset`](Journal::reset) |
//!
//! A write that returns `Ok` is *acknowledged*, and its [`Receipt`] tells what the write had to do: how long it waited, for example. A
//! write that returns an [`Error`] may be in the journal or not. Writing the same entries again does no harm, because readers give each
//! name once.
//!
//! A write waits up to 5 s for the lock; [`with_lock_timeout`](Journal::with_lock_timeout) and [`with_cancel`](Journal::with_cancel)
//! change that. Another process that holds the lock is named by [`Error::LockTimeout`] and by [`Journal::holder`].
//!
//! # What is promised
//!
//! - An acknowledged entry has been handed to the operating system. It survives any crash of processes. After
//!   [`durable(true)`](Journal::durable) it survives a power failure too.
//! - Writers of this crate always exclude each other, within one machine and one file system.
//! - A reader never waits, and never finds a part of a line as a name.
//!
//! # What is not promised
//!
//! - Two writers of codegraph's JavaScript module can be inside the lock at once, and can drop each other's entries and those of this crate.
//! - A writer that is suspended for 30 s while it holds the lock is robbed by the JavaScript module. A writer of this crate notices that,
//!   and writes again before the write is acknowledged.
//!
//! [`lock`] tells how the lock works, and the rest of what is not guaranteed.
//!
//! # The text
//!
//! ```text
//! # codegraph-journal v1 1700000000000
//! src/changed.ts
//! # position 0123456789abcdef
//! DELETED src/gone.ts
//! ```
//!
//! The first line is the header, with its [`Timestamp`]. Any other line that begins with `#` is a comment; the one above is a [`Position`].
//! A journal whose header is missing, is not right, or has the timestamp 0 is *invalid*: its readers have to look at all files.

mod degraded;
mod error;
mod format;
mod journal;
mod journal_file;
pub mod lock;
mod memory;
mod nonce;
mod number;
mod receipt;
#[cfg(simulation)]
#[path = "../../proof/simulation/mod.rs"]
pub mod simulation;
mod sys;

pub use degraded::{Degradations, Degraded};
pub use error::{Error, Refusal, Result};
pub use format::{Contents, Entry, HEADER_PREFIX, Position, Timestamp};
pub use journal::{CODEGRAPH_DIR, Checkpoint, JOURNAL_FILENAME, Journal, Mark};
pub use lock::holder::{HeldBy, Holder, State};
pub use lock::takeover::Takeover;
pub use receipt::{Receipt, Redo, Stats};

/// What the Node.js addon alone needs, for entries that JavaScript has encoded.
#[doc(hidden)]
pub mod addon {
    pub use crate::format::{Batch, count_line_feeds};
}
