//! The end of a build with the lock, as codegraph's own engine could do it.
//!
//! Today the engine writes a header to `changes.journal.tmp` and renames that file over the journal, without any lock. Entries that the
//! watcher has appended since the build read the journal are then gone, unread.
//!
//! ```sh
//! cargo run --example engine -- /path/to/project
//! ```

use std::error::Error;

use codegraph_journal::{Journal, Timestamp};

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args_os().nth(1).ok_or("usage: engine ROOT")?;
    let journal = Journal::for_root(root);

    // At the build's start, it reads what has changed, and up to which position.
    let reading = journal.read_to_position()?;
    match &reading.contents {
        Some(contents) => contents.changed().chain(contents.removed()).for_each(|file| println!("to build: {file}")),
        None => println!("no valid journal: all files are to be built"),
    }

    // At the build's end, exactly what was read is dropped. Entries that came meanwhile are kept.
    let now = Timestamp::now();
    let checkpoint = journal.checkpoint(reading.position, &now)?;
    println!(
        "stamped {now}; what was read is {}",
        if checkpoint.fitted { "dropped" } else { "kept: others were faster" }
    );
    Ok(())
}
