//! codegraph's change journal, locked natively: **no acknowledged entry is ever lost**.
//!
//! The journal is one small text file, written by several processes at once:
//!
//! ```text
//! # codegraph-journal v1 1700000000000
//! src/changed.ts
//! DELETED src/gone.ts
//! ```
//!
//! ```
//! use codegraph_journal::{Entry, Journal};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let root = tempfile::tempdir()?;
//! let journal = Journal::for_root(root.path());
//! journal.reset(&1_700_000_000_000.into())?;
//! journal.append(&[Entry::changed("src/changed.ts"), Entry::deleted("src/gone.ts")])?;
//!
//! let contents = journal.read().expect("a stamped journal");
//! assert_eq!(contents.changed().collect::<Vec<_>>(), ["src/changed.ts"]);
//! assert_eq!(contents.removed().collect::<Vec<_>>(), ["src/gone.ts"]);
//! # Ok(())
//! # }
//! ```
//!
//! [`Journal`] has the operations, [`lock`] the protocol by which writers exclude each other, [`format`](mod@format) the text.
//!
//! # Limits
//!
//! Writers of this crate exclude each other always, within one machine and file system. Writers of codegraph's JavaScript module share the lockfile with
//! them, but can still rob each other and a holder that was suspended for 30 s; a write notices that and is done again
//! before it is acknowledged. An acknowledged entry has been handed to the operating system: it survives any crash of
//! processes, but not a power failure before the system has written it out.

mod degraded;
mod error;
pub mod format;
mod journal;
mod journal_file;
pub mod lock;
mod nonce;
mod number;
mod receipt;
mod sys;

pub use degraded::{Degradations, Degraded};
pub use error::{Error, Refusal, Result};
pub use format::{Batch, Contents, Entry, Position, Timestamp};
pub use journal::{CODEGRAPH_DIR, Checkpoint, JOURNAL_FILENAME, Journal, Reading};
pub use lock::{HeldBy, Holder, Takeover};
pub use receipt::{Receipt, Redo, Stats};
