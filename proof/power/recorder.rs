//! A directory in which every write and every sync is recorded, in their order.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use crate::disk::run;

/// One record: bytes at an offset of a file, or a sync of the file.
#[derive(Debug)]
pub struct Record {
    pub inode: u64,
    pub what: What,
}

#[derive(Debug)]
pub enum What {
    Write { offset: u64, bytes: Vec<u8> },
    Sync,
}

/// The recorded directory, mounted.
pub struct Recorder {
    at: PathBuf,
    record: PathBuf,
    server: Child,
}

impl Recorder {
    /// Shows the directory `behind` at `at`, and records there.
    pub fn start(behind: &Path, at: &Path, scratch: &Path) -> Self {
        let (program, record) = (scratch.join("fuse"), scratch.join("record"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../testkit/fuse.c");
        let build = "cc -O2 -o \"$0\" \"$1\" $(pkg-config --cflags --libs fuse3)";
        run("sh", ["-c".as_ref(), build.as_ref(), program.as_os_str(), source.as_ref()]);
        fs::create_dir(at).unwrap();
        let device = || fs::metadata(at).unwrap().dev();
        let before = device();
        let options = format!("record={}", record.display());
        let server = Command::new(program).arg("-f").args([behind, at]).args(["-o", &options]).spawn().unwrap();
        let mut recorder = Self { at: at.to_owned(), record, server };
        while device() == before {
            assert!(recorder.server.try_wait().unwrap().is_none(), "the server has ended");
            thread::sleep(Duration::from_millis(1));
        }
        recorder
    }

    /// Ends the recording, and returns all records.
    pub fn stop(self) -> Vec<Record> {
        let record = self.record.clone();
        drop(self);
        parse(&fs::read(record).unwrap())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        run("umount", [&self.at]);
        self.server.wait().unwrap();
    }
}

fn parse(mut rest: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        rest = &rest[end + 1..];
        let numbers: Vec<u64> = line.split(' ').skip(1).map(|word| word.parse().unwrap()).collect();
        records.push(match numbers[..] {
            [inode] => Record { inode, what: What::Sync },
            [inode, offset, len] => {
                let (bytes, behind) = rest.split_at(usize::try_from(len).unwrap());
                rest = behind;
                Record { inode, what: What::Write { offset, bytes: bytes.to_vec() } }
            }
            _ => panic!("no record: {line:?}"),
        });
    }
    records
}
