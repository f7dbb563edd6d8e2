//! The power fails while a writer is at work: what is left of the journal?
//!
//! Two ways to find out, neither of which harms the machine. A disk is recorded, and rebuilt as it was at some moment, with all that it
//! had been told to sync and some of what it had not (`cut.rs`). And a file system is shut down by the ioctl that its own
//! developers test with (`shutdown.rs`).
//!
//! `cargo test` ignores them, for they need root, loop devices, FUSE and some Debian packages; `npm run power` runs them. What
//! is found is printed, with the seed: `JOURNAL_TEST_SEED` repeats it, and `JOURNAL_TEST_CUTS` says how often the power fails.
#![cfg(target_os = "linux")]

mod cut;
mod disk;
mod recorder;
mod remains;
mod shutdown;
mod story;
mod tally;
mod writer;
