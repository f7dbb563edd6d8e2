//! A disk is recorded while a writer is at work, and rebuilt as it may have been at some moments.
//!
//! The rebuilt disk has everything that was synced by then. The rest a disk may keep in its cache. Of that the rebuilt disk has all blocks,
//! none, or some.

use std::fs::{self, File};
use std::mem;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::disk::{BTRFS, EXT4, EXT4_WITHOUT_FLUSH, Kind, Mount, XFS, run, with_own_mounts};
use crate::recorder::{Record, Recorder, What};
use crate::remains::examine;
use crate::story::{Random, Story};
use crate::tally::{Tally, cuts, seed};
use crate::writer::{self, Durable, Told};

/// How many steps the writer does.
const STEPS: usize = 300;
/// The size of a block, which a disk writes whole or not at all.
const BLOCK: usize = 4096;

#[test]
#[ignore = "needs root, loop devices and FUSE: npm run power"]
fn ext4() {
    cut_off(EXT4);
}

#[test]
#[ignore = "needs root, loop devices and FUSE: npm run power"]
fn ext4_without_flush() {
    cut_off(EXT4_WITHOUT_FLUSH);
}

#[test]
#[ignore = "needs root, loop devices and FUSE: npm run power"]
fn xfs() {
    cut_off(XFS);
}

#[test]
#[ignore = "needs root, loop devices and FUSE: npm run power"]
fn btrfs() {
    cut_off(BTRFS);
}

fn cut_off(kind: Kind) {
    with_own_mounts();
    for durable in [Durable::Always, Durable::Sometimes, Durable::Never] {
        let seed = seed();
        let scratch = TempDir::new_in("/dev/shm").unwrap();
        let recorded = Recorded::new(kind, scratch.path(), seed, durable);
        let mut random = Random(seed);
        let mut moments = recorded.moments(&mut random);
        moments.truncate(cuts());
        moments.sort_unstable();
        let mut replay = Replay { recorded: &recorded, done: 0, unsynced: Vec::new(), told: Told::default() };
        let (mut tally, mut story) = (Tally::default(), Story::of(seed));
        for moment in moments {
            replay.advance(moment);
            let disk = replay.cut(&mut random);
            let mount = Mount::of(kind, &disk, &scratch.path().join("again"));
            tally.count(&format!("at record {moment}"), examine(mount.path(), &mut story, &replay.told, durable));
        }
        tally.finish(&format!("{}, cut off", kind.name), seed, durable);
    }
}

/// The recording of a writer's work: the disk before it, and all records.
struct Recorded {
    scratch: PathBuf,
    records: Vec<Record>,
    /// The inode of the file that is the disk, and the inode of the file that has the writer's reports.
    disk: u64,
    told: u64,
}

impl Recorded {
    fn new(kind: Kind, scratch: &Path, seed: u64, durable: Durable) -> Self {
        let [behind, shown, mounted] = ["behind", "shown", "mounted"].map(|name| scratch.join(name));
        fs::create_dir(&behind).unwrap();
        kind.make(&behind.join("disk"));
        run("cp", [behind.join("disk"), scratch.join("synced")]);
        File::create(behind.join("told")).unwrap();
        let [disk, told] = ["disk", "told"].map(|name| fs::metadata(behind.join(name)).unwrap().ino());

        let recorder = Recorder::start(&behind, &shown, scratch);
        let mount = Mount::of(kind, &shown.join("disk"), &mounted);
        let writer = writer::command(mount.path(), &shown.join("told"), seed, STEPS, durable).output().unwrap();
        assert!(writer.status.success(), "{}", String::from_utf8_lossy(&writer.stderr));
        drop(mount);
        Self { scratch: scratch.to_owned(), records: recorder.stop(), disk, told }
    }

    /// The moments behind each record, from the first step's to the last step's, in random order. Moments behind an acknowledgement come first,
    /// because then the disk has had the least time.
    fn moments(&self, random: &mut Random) -> Vec<usize> {
        let is_told = |index: &usize| self.records[*index].inode == self.told;
        let first = (0..self.records.len()).find(is_told).unwrap();
        let last = (0..self.records.len()).rfind(is_told).unwrap();
        let (mut acknowledged, mut others): (Vec<_>, Vec<_>) = (first..last).partition(is_told);
        random.shuffle(&mut acknowledged);
        random.shuffle(&mut others);
        acknowledged.truncate(cuts() / 2);
        acknowledged.into_iter().chain(others).map(|index| index + 1).collect()
    }
}

/// The recording, played again up to a moment.
struct Replay<'a> {
    recorded: &'a Recorded,
    done: usize,
    unsynced: Vec<(u64, &'a [u8])>,
    told: Told,
}

impl Replay<'_> {
    fn advance(&mut self, moment: usize) {
        let synced = File::options().write(true).open(self.recorded.scratch.join("synced")).unwrap();
        for Record { inode, what } in &self.recorded.records[mem::replace(&mut self.done, moment)..moment] {
            match what {
                What::Write { bytes, .. } if *inode == self.recorded.told => {
                    self.told.hear(str::from_utf8(bytes).unwrap());
                }
                What::Write { offset, bytes } if *inode == self.recorded.disk => self.unsynced.push((*offset, bytes)),
                What::Sync if *inode == self.recorded.disk => {
                    self.unsynced.drain(..).for_each(|(offset, bytes)| synced.write_all_at(bytes, offset).unwrap());
                }
                _ => {}
            }
        }
    }

    /// The disk as it may be if the power fails at this moment.
    fn cut(&self, random: &mut Random) -> PathBuf {
        let cut = self.recorded.scratch.join("cut");
        run("cp", [&self.recorded.scratch.join("synced"), &cut]);
        let disk = File::options().write(true).open(&cut).unwrap();
        let one_in = random.below(4);
        for (offset, bytes) in &self.unsynced {
            for (block, offset) in bytes.chunks(BLOCK).zip((*offset..).step_by(BLOCK)) {
                // No blocks, all, a half or a third.
                if one_in > 0 && random.below(one_in) == 0 {
                    disk.write_all_at(block, offset).unwrap();
                }
            }
        }
        cut
    }
}
