//! Writers that die at every single system call. Linux only; `strace` kills them.
//!
//! A *step* is one system call of one operation in one starting state. There are some thousands of steps. `JOURNAL_TEST_ALL_STEPS=1` tries
//! them all; without it a sample is tried. `JOURNAL_TEST_SEED`, which is printed, chooses the sample.
#![cfg(target_os = "linux")]

mod crashes;
mod degraded;
mod place;
mod scarce;
mod strace;
mod tally;
mod writer;
