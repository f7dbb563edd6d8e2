//! The crate's own code on a simulated system: every order of calls is a test.
#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::missing_errors_doc,
    clippy::new_without_default,
    clippy::too_many_lines,
    clippy::struct_excessive_bools,
    clippy::maybe_infinite_iter,
    reason = "tests"
)]

mod answer;
mod calls;
mod check;
mod choice;
mod engine;
mod errno;
mod js;
mod js_system;
pub mod run;
mod scene;
mod stage;
pub mod system;
mod world;
