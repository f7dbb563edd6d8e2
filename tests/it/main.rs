//! The crate as its users see it.

mod crashes;
mod invariants;
mod operations;
