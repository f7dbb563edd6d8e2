//! The system calls of the JS module, over the simulated world.

use std::io;

use super::answer::{Digest, error};
use super::calls::{Calls, Flags, Stat};
use super::errno;
use super::stage::{Aborted, call, note, sleep, with};
use super::system::{self, random};
use super::world::{How, World};

/// The system as a Node process has it.
pub struct Node;

pub struct File {
    fd: usize,
}

impl Digest for File {
    fn digest(&self, _: &mut std::hash::DefaultHasher) {}
    fn words(&self) -> String {
        format!("descriptor {}", self.fd)
    }
}

impl Digest for Stat {
    fn digest(&self, hasher: &mut std::hash::DefaultHasher) {
        std::hash::Hash::hash(&(self.is_dir, self.mtime_ms.to_bits()), hasher);
    }
    fn words(&self) -> String {
        format!("at …{:012.6}", self.mtime_ms % 1e7)
    }
}

impl Digest for Vec<(String, bool)> {
    fn digest(&self, hasher: &mut std::hash::DefaultHasher) {
        std::hash::Hash::hash(self, hasher);
    }
    fn words(&self) -> String {
        self.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

fn stat(world: &World, ino: u64) -> Stat {
    let inode = &world.inodes[&ino];
    Stat { is_dir: inode.names.is_some(), mtime_ms: inode.modified as f64 / 1e6 }
}

impl Calls for Node {
    type File = File;

    fn mkdir(&self, path: &str) -> io::Result<()> {
        call("mkdir", || last(path), |world, who| world.make_dir(who, path).map_err(error))
    }

    fn open(&self, path: &str, flags: Flags) -> io::Result<File> {
        let write = How { write: true, create: true, ..How::default() };
        let how = match flags {
            Flags::CreateNew => How { exclusive: true, ..write },
            Flags::Write => How { truncate: true, ..write },
            Flags::Append => How { append: true, ..write },
            Flags::ReadWrite => How { read: true, write: true, ..How::default() },
            Flags::Read => How { read: true, ..How::default() },
        };
        let opened = call(
            "open",
            || format!("{} {flags:?}", last(path)),
            |world, who| {
                let (dir, name) = world.resolve(path).map_err(error)?;
                world.open(who, dir, name, how).map(|fd| File { fd }).map_err(error)
            },
        );
        if opened.as_ref().is_err_and(|error| error.raw_os_error() != Some(errno::ENOENT)) && flags == Flags::Read {
            with(|stage| stage.check.refused_to_read(stage.current()));
        }
        opened
    }

    fn read(&self, file: &File, most: usize) -> io::Result<Vec<u8>> {
        call(
            "read",
            || file.words(),
            |world, _| {
                let at = world.open[file.fd].at;
                let bytes = world.read(file.fd, at, most).map_err(error)?;
                world.open[file.fd].at += bytes.len() as u64;
                Ok(bytes)
            },
        )
    }

    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize> {
        let at = with(|stage| stage.world.open[file.fd].at);
        let written = system::write(file.fd, Some(at), bytes)?;
        with(|stage| stage.world.open[file.fd].at += written as u64);
        Ok(written)
    }

    fn close(&self, file: File) -> io::Result<()> {
        call(
            "close",
            || file.words(),
            |world, _| {
                world.close(file.fd);
                Ok(())
            },
        )
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        call(
            "stat",
            || last(path),
            |world, _| {
                let (dir, name) = world.resolve(path).map_err(error)?;
                Ok(stat(world, world.lookup(dir, name).map_err(error)?))
            },
        )
    }

    fn access(&self, path: &str) -> io::Result<()> {
        self.stat(path).map(drop)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        call(
            "rename",
            || format!("{} to {}", last(from), last(to)),
            |world, who| {
                let (dir, name) = world.resolve(from).map_err(error)?;
                world.rename(who, dir, name, &last(to), true).map_err(error)
            },
        )
    }

    fn unlink(&self, path: &str) -> io::Result<()> {
        call(
            "remove",
            || last(path),
            |world, who| {
                let (dir, name) = world.resolve(path).map_err(error)?;
                world.remove(who, dir, name).map_err(error)
            },
        )
    }

    fn names(&self, path: &str) -> io::Result<Vec<(String, bool)>> {
        call(
            "list",
            || last(path),
            |world, who| {
                let dir = *world.paths.get(path).ok_or_else(|| error(errno::ENOENT))?;
                let names = world.list(who, dir).map_err(error)?;
                Ok(names.into_iter().map(|name| (name, true)).collect::<Vec<_>>())
            },
        )
    }

    fn kill_0(&self, pid: i32) -> io::Result<()> {
        system::signal(pid).map_err(error)
    }

    fn date_now(&self) -> f64 {
        let ms = with(|stage| stage.world.wall()) / 1_000_000;
        note("Date.now", ms);
        ms as f64
    }

    fn spin(&self, ms: u64) {
        sleep(ms * 1_000_000);
    }

    fn pid(&self) -> u32 {
        system::process_id()
    }

    fn random(&self) -> u64 {
        random()
    }

    fn abort(&self) -> ! {
        std::panic::resume_unwind(Box::new(Aborted))
    }
}
