//! Writers that die, or meet a fault, at every single system call. Linux only; `strace` does both to them.
//!
//! A *step* is one system call of one operation, met in one starting state. There are some thousands: without
//! `JOURNAL_TEST_ALL_STEPS=1` a sample of them is tried, chosen by `JOURNAL_TEST_SEED`, which is printed.
#![cfg(target_os = "linux")]

mod crashes;
mod degraded;
mod faults;
mod guard;
mod kernel;
mod place;
mod scarce;
mod strace;
mod tally;
mod unnamed;
mod writer;
