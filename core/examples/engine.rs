//! The journal's part of a build with the lock, as codegraph's own engine could do it.
//!
//! Today the engine writes a header to `changes.journal.tmp` and renames that file over the journal, without any lock. Entries that the
//! watcher has appended since the build read the journal are then gone, unread.
//!
//! A build that has written its graph must not fail because of the journal. What goes wrong here is told on stderr, and the build goes on.
//!
//! ```sh
//! cargo run --example engine -- /path/to/project
//! ```

use std::error::Error;

use codegraph_journal::{Journal, Position, Timestamp};

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args_os().nth(1).ok_or("usage: engine ROOT")?;
    let journal = Journal::for_root(root);

    // At the build's start, it reads what has changed, and up to which position. Without a position the next build reads all of it again.
    let (contents, position) = match journal.read_to_position() {
        Ok(reading) => (reading.contents, reading.position),
        Err(error) => {
            eprintln!("warning: no position in the journal: {error}");
            (journal.read(), Position::START)
        }
    };
    match &contents {
        Some(contents) => contents.changed().chain(contents.removed()).for_each(|file| println!("to build: {file}")),
        None => println!("no valid journal: all files are to be built"),
    }

    // At the build's end, exactly what was read is dropped. Entries that came meanwhile are kept.
    let now = Timestamp::now();
    match journal.checkpoint(position, &now) {
        Ok(checkpoint) => println!(
            "stamped {now}; what was read is {}",
            if checkpoint.fitted { "dropped" } else { "kept: others were faster" }
        ),
        Err(error) => eprintln!("warning: failed to write journal header: {error}"),
    }
    Ok(())
}
