//! A build of codegraph's own engine, with the lock.
//!
//! Today the engine writes a header to `changes.journal.tmp` and renames that over the journal, without any lock: what the watcher has
//! appended since the build read the journal is gone, unread.
//!
//! A build that has written its graph must not fail because of the journal: what goes wrong here is told on stderr, and the build goes on.
//!
//! ```sh
//! cargo run --example engine -- /path/to/project
//! ```

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use codegraph_journal::{Journal, Position};

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args_os().nth(1).ok_or("usage: engine ROOT")?;
    let journal = Journal::for_root(root);

    // At the build's start: what has changed, and how far that was read. Without a position the next build reads all of it again.
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

    // At its end: exactly that is dropped, and what came meanwhile is kept.
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    match journal.checkpoint(position, &now.into()) {
        Ok(checkpoint) => println!(
            "stamped {now}; what was read is {}",
            if checkpoint.fitted { "dropped" } else { "kept: others were faster" }
        ),
        Err(error) => eprintln!("warning: failed to write journal header: {error}"),
    }
    Ok(())
}
