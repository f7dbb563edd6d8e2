//! The crate as its users see it.

mod checkpoints;
mod crashes;
mod invariants;
mod operations;
