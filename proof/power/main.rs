//! The power fails while a writer is at work: what is left of the journal?
//!
//! There are two ways to find out, and neither harms the machine. In `cut.rs` a disk is recorded, and rebuilt as it may have been at a
//! moment: with everything that was synced, and with some of the rest. In `shutdown.rs` a file system is shut down by the ioctl that its own
//! developers test with.
//!
//! `cargo test` ignores these tests, because they need root, loop devices, FUSE and some Debian packages. `npm run power` runs them. They
//! print what they find, and the seed. `JOURNAL_TEST_SEED` repeats a run, and `JOURNAL_TEST_CUTS` says how often the power fails.
#![cfg(target_os = "linux")]

mod cut;
mod disk;
mod next;
mod original;
mod recorder;
mod remains;
mod shutdown;
mod story;
mod tally;
mod writer;
