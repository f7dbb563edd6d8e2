//! Appends each line of the standard input, which is a file's name, and prints the name when the entry is acknowledged.
//!
//! ```sh
//! git diff --name-only | cargo run --example append -- /path/to/project
//! ```

use std::error::Error;
use std::io;

use codegraph_journal::{Entry, Journal};

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args_os().nth(1).ok_or("usage: append ROOT")?;
    let journal = Journal::for_root(root);
    for line in io::stdin().lines() {
        let file = line?;
        journal.append(&[Entry::changed(&file)])?;
        println!("{file}");
    }
    Ok(())
}
