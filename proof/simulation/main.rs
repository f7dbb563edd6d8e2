//! Runs the ports of codegraph's writers and readers on the real file system, beside which `strace` compares the originals: on Linux only.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod engine;
#[cfg(target_os = "linux")]
mod js;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod real;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    #[cfg(target_os = "linux")]
    program::run()?;
    Ok(())
}
