//! A file system is shut down under a writer at work. From then on nothing gets to the disk, and what the kernel had not written out is gone.
//! The file system's log is written out first, or not.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::disk::{EXT4, Kind, Mount, XFS, run, with_own_mounts};
use crate::remains::examine;
use crate::story::{Random, Story};
use crate::tally::{Tally, cuts, seed};
use crate::writer::{self, Durable, Told};

/// The two ways of shutting down: without and with the log.
const SHUTDOWNS: [&str; 2] = ["shutdown", "shutdown -f"];
/// More steps than a writer lives to do.
const ENDLESS: usize = 1_000_000;
/// The longest time that a writer is left to work.
const MILLISECONDS: usize = 300;

#[test]
#[ignore = "needs root and loop devices: npm run power"]
fn ext4() {
    shut_down(EXT4);
}

#[test]
#[ignore = "needs root and loop devices: npm run power"]
fn xfs() {
    shut_down(XFS);
}

fn shut_down(kind: Kind) {
    with_own_mounts();
    let ways = [Durable::Always, Durable::Sometimes, Durable::Never].map(|durable| SHUTDOWNS.map(|how| (durable, how)));
    for (durable, shutdown) in ways.into_iter().flatten() {
        let seed = seed();
        let mut random = Random(seed);
        let mut tally = Tally::default();
        // Each takes a new file system and a few hundred milliseconds. So there are a fourth as many as cuts of a recording.
        for round in 0..cuts().div_ceil(4) {
            let scratch = TempDir::new_in("/dev/shm").unwrap();
            let [disk, told, at] = ["disk", "told", "mounted"].map(|name| scratch.path().join(name));
            kind.make(&disk);
            let seed = seed + round as u64;
            let mount = Mount::of(kind, &disk, &at);
            let mut writer = writer::command(mount.path(), &told, seed, ENDLESS, durable).spawn().unwrap();
            while read(&told).acknowledged() == 0 {
                assert!(writer.try_wait().unwrap().is_none(), "the writer has ended");
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(random.below(MILLISECONDS) as u64));
            run("xfs_io", ["-x".as_ref(), "-c".as_ref(), shutdown.as_ref(), mount.path().as_os_str()]);
            writer.wait().unwrap(); // its next step fails
            drop(mount);
            let mount = Mount::of(kind, &disk, &at);
            let mut story = Story::of(seed);
            tally.count(&format!("round {round}"), examine(mount.path(), &mut story, &read(&told), durable));
        }
        tally.finish(&format!("{}, {shutdown}", kind.name), seed, durable);
    }
}

fn read(told: &Path) -> Told {
    let mut heard = Told::default();
    heard.hear(&fs::read_to_string(told).unwrap_or_default());
    heard
}
