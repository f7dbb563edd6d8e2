//! The journal's part of a build with the lock, as codegraph's own engine could do it.
//!
//! Today the engine writes a header to `changes.journal.tmp` and renames that file over the journal, without any lock. Entries that the
//! watcher has appended since the build read the journal are then gone, unread.
//!
//! A build that has written its graph must not fail because of the journal. If something goes wrong here, the engine reports it on stderr and goes on.
//!
//! ```sh
//! cargo run --example engine -- /path/to/project
//! ```

use std::error::Error;

use codegraph_journal::{Journal, Position, Timestamp};

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args_os().nth(1).ok_or("usage: engine ROOT")?;
    let journal = Journal::for_root(root);

    // At the build's start, it takes the time, marks how far the journal has come, and reads. Without a position the next build reads all of it again.
    let started_at = Timestamp::now();
    let position = match journal.mark() {
        Ok(mark) => mark.position,
        Err(error) => {
            eprintln!("warning: failed to mark the journal: {error}");
            Position::START
        }
    };
    match &journal.read() {
        Some(contents) => contents.changed().chain(contents.removed()).for_each(|file| println!("to build: {file}")),
        None => println!("no valid journal: all files are to be built"),
    }

    // At the build's end, what came before the mark is dropped. Entries that came later are kept.
    match journal.checkpoint(position, &started_at) {
        Ok(checkpoint) => println!(
            "stamped {started_at}; what was read is {}",
            if checkpoint.fitted { "dropped" } else { "kept: others were faster" }
        ),
        Err(error) => eprintln!("warning: failed to write journal header: {error}"),
    }
    Ok(())
}
