//! codegraph's change journal with a lock that loses **no acknowledged entry**.
//!
//! codegraph lists the files that have changed since its last build in a *journal*: a small text file that several processes write.
//! This crate reads and writes that file. Its writers exclude each other, and share a lockfile with codegraph's own JavaScript module, so
//! that both may write one journal.
//!
//! # A build and a watcher
//!
//! A watcher appends *entries*: the names of files that were changed or deleted. A build reads them, and drops them by a *checkpoint*. A
//! checkpoint also *stamps* the journal: its header then says up to which time all changes are in it.
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
//! // A build takes the time, marks the end of the journal, reads, and works:
//! let started_at = Timestamp::now();
//! let mark = journal.mark()?;
//! let contents = journal.read().expect("a stamped journal");
//! assert_eq!(contents.changed().collect::<Vec<_>>(), ["src/changed.ts"]);
//! assert_eq!(contents.removed().collect::<Vec<_>>(), ["src/gone.ts"]);
//!
//! // Meanwhile the watcher goes on:
//! journal.append(&[Entry::changed("src/later.ts")])?;
//!
//! // At its end the build drops what came before the mark. The time is that of its start: a file that changed since may not be built.
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
//! | mark the journal's end, before a build reads | [`mark`](Journal::mark) |
//! | drop what came before the mark, and stamp | [`checkpoint`](Journal::checkpoint) |
//! | drop everything, and stamp | [`reset`](Journal::reset) |
//!
//! A write that returns `Ok` is *acknowledged*, and its [`Receipt`] says what the write had to do: how long it waited, for example. A
//! write that returns an [`Error`] may or may not be in the journal. Writing the same entries again does no harm, because readers report each
//! name once.
//!
//! A write waits up to 5 s for the lock; [`with_lock_timeout`](Journal::with_lock_timeout) and [`with_cancel`](Journal::with_cancel)
//! change that. [`Error::LockTimeout`] and [`Journal::holder`] name the process that holds the lock.
//!
//! # What is promised
//!
//! - An acknowledged entry has been handed to the operating system. It survives any crash of processes. With
//!   [`durable(true)`](Journal::durable) it survives a power failure too.
//! - Writers of this crate exclude each other, within one machine and one file system.
//! - A reader never waits, and never takes a part of a line for a name.
//!
//! # What is not promised
//!
//! - Two writers of codegraph's JavaScript module can be inside the lock at once, and can drop each other's entries and those of this crate.
//! - If a writer is suspended for over 30 s while it holds the lock, others steal the lock. A writer of this crate notices that, and writes
//!   again before the write is acknowledged.
//!
//! [`lock`] describes how the lock works, and everything that is not guaranteed.
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
//! A journal is *invalid* if its header is missing or bad, or has the timestamp 0. Then readers have to look at all files.

mod degraded;
mod error;
mod format;
mod journal;
mod journal_file;
pub mod lock;
mod memory;
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

/// What only the Node.js addon needs, because JavaScript has encoded its entries.
#[doc(hidden)]
pub mod addon {
    pub use crate::format::{Batch, count_line_feeds};
}
