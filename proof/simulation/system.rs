//! What `sys` is in the simulation: the same names as in `core/src/sys/unix.rs`, over the simulated world.

use std::hash::DefaultHasher;
use std::io;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::answer::{Digest, error, shortened};
use super::errno::{self, Errno};
use super::stage::{self, call, note, with};
use super::world::{How, Ino, Told, World, hash, pieces};
use crate::memory::Memory;
use crate::sys::{Access, Stat};

pub type FileId = (u64, u64);
pub type Mode = u32;

pub const FILE_TOO_LARGE: i32 = 27;

pub const NO_MODE: Mode = 0;

/// An open file. Dropping it closes it, without a turn: nobody decides by that.
#[derive(Debug)]
pub struct File {
    pub fd: usize,
}

impl Drop for File {
    fn drop(&mut self) {
        with(|stage| stage.world.close(self.fd));
    }
}

fn path_text(path: &Path) -> &str {
    path.to_str().expect("a path of the simulation")
}

fn last(path: &Path) -> String {
    let text = path_text(path);
    text.rsplit('/').next().unwrap_or(text).to_owned()
}

fn flags(access: Access) -> (&'static str, How) {
    let read = How { read: true, ..How::default() };
    match access {
        Access::Read => ("open to read", read),
        Access::Look => ("open to look", read),
        Access::Write => ("open to write", How { write: true, ..read }),
        Access::Append => ("open to append", How { write: true, append: true, ..read }),
        Access::OnlyAppend => ("open to append", How { write: true, append: true, ..How::default() }),
        Access::New => ("make", How { write: true, create: true, exclusive: true, ..read }),
    }
}

/// An open directory. Dropping it closes it, which unlocks it.
#[derive(Debug)]
pub struct Dir {
    fd: usize,
}

impl Drop for Dir {
    fn drop(&mut self) {
        with(|stage| stage.world.close(self.fd));
    }
}

impl Digest for Dir {
    fn digest(&self, _: &mut DefaultHasher) {}
    fn words(&self) -> String {
        format!("descriptor {}", self.fd)
    }
}

impl Dir {
    pub fn open(path: &Path) -> io::Result<Self> {
        call(
            "open",
            || last(path),
            |world, who| world.open_dir(who, path_text(path), false).map(|fd| Self { fd }).map_err(error),
        )
    }

    /// A call about one name in the directory.
    fn at<T: Digest>(
        &self,
        call_name: &'static str,
        about: impl Fn() -> String,
        act: impl FnOnce(&mut World, usize, Ino) -> Told<T>,
    ) -> io::Result<T> {
        call(call_name, about, |world, who| {
            let ino = world.open[self.fd].ino;
            act(world, who, ino).map_err(error)
        })
    }

    pub fn stat(&self) -> io::Result<Stat> {
        self.at("fstat", || self.words(), |world, who, ino| Ok(stat_of(world, who, ino, hash(&""))))
    }

    pub fn try_lock(&self) -> io::Result<bool> {
        self.at("lock", || self.words(), |world, _, _| world.try_lock(self.fd))
    }

    pub fn unlock(&self) -> io::Result<()> {
        self.at(
            "unlock",
            || self.words(),
            |world, _, _| {
                world.unlock(self.fd);
                Ok(())
            },
        )
    }

    /// All directories are on one file system.
    pub fn is_local(&self) -> io::Result<bool> {
        Ok(with(|stage| stage.world.kind.local))
    }

    pub fn open_file(&self, name: &str, access: Access) -> io::Result<File> {
        let (call_name, how) = flags(access);
        self.at(call_name, || name.to_owned(), |world, who, dir| world.open(who, dir, name, how).map(|fd| File { fd }))
    }

    pub fn stat_file(&self, name: &str) -> io::Result<Stat> {
        self.at(
            "stat",
            || name.to_owned(),
            |world, who, dir| {
                let ino = world.lookup(dir, name)?;
                Ok(stat_of(world, who, ino, hash(&name)))
            },
        )
    }

    pub fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.at("link", || format!("{from} to {to}"), |world, who, dir| world.link(who, dir, from, to))
    }

    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.at("rename", || format!("{from} to {to}"), |world, who, dir| world.rename(who, dir, from, to, true))
    }

    pub fn rename_new(&self, from: &str, to: &str) -> io::Result<()> {
        self.at(
            "rename, over nothing,",
            || format!("{from} to {to}"),
            |world, who, dir| world.rename(who, dir, from, to, false),
        )
    }

    pub fn remove(&self, name: &str) -> io::Result<()> {
        self.at("remove", || name.to_owned(), |world, who, dir| world.remove(who, dir, name))
    }

    pub fn names(&self) -> io::Result<Vec<String>> {
        self.at("list", || self.words(), |world, who, dir| world.list(who, dir))
    }

    pub fn sync(&self) -> io::Result<()> {
        self.at("sync", || self.words(), |_, _, _| Ok(()))
    }
}

fn stat_of(world: &World, who: usize, ino: Ino, name: u64) -> Stat {
    let inode = &world.inodes[&ino];
    let device = world.process(who).device;
    Stat {
        is_file: inode.names.is_none(),
        len: inode.bytes.len() as u64,
        id: (device, world.told_number(ino, name)),
        links: inode.links,
        modified: Some(UNIX_EPOCH + Duration::from_nanos(inode.modified)),
        mode: inode.mode & 0o777,
        uid: inode.uid,
        sticky: inode.mode & 0o1000 != 0,
    }
}

/// Opens a file by its path, to read.
pub fn open(path: &Path) -> io::Result<File> {
    call(
        "open to read",
        || last(path),
        |world, who| {
            let (dir, name) = world.resolve(path_text(path)).map_err(error)?;
            world.open(who, dir, name, How { read: true, ..How::default() }).map(|fd| File { fd }).map_err(error)
        },
    )
}

pub fn stat(path: &Path) -> io::Result<Stat> {
    call(
        "stat the path",
        || path_text(path).to_owned(),
        |world, who| {
            let text = path_text(path);
            if let Some(&dir) = world.paths.get(text) {
                return Ok(stat_of(world, who, dir, hash(&"")));
            }
            let (dir, name) = world.resolve(text).map_err(error)?;
            let ino = world.lookup(dir, name).map_err(error)?;
            Ok(stat_of(world, who, ino, hash(&name)))
        },
    )
}

pub fn make_dirs(path: &Path) -> io::Result<()> {
    call("mkdir", || last(path), |world, who| world.make_dir(who, path_text(path)).map_err(error))
}

impl File {
    fn name(&self) -> String {
        format!("descriptor {}", self.fd)
    }

    pub fn stat(&self) -> io::Result<Stat> {
        let stat = call(
            "fstat",
            || self.name(),
            |world, who| {
                let description = &world.open[self.fd];
                Ok(stat_of(world, who, description.ino, description.name))
            },
        )?;
        with(|stage| {
            let (who, ino, wall) = (stage.current(), stage.world.open[self.fd].ino, stage.world.wall());
            stage.check.judges(who, ino, wall);
        });
        Ok(stat)
    }

    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = call(
            "read",
            || format!("{} at {offset}", self.name()),
            |world, _| world.read(self.fd, offset, buffer.len()).map_err(error),
        )?;
        with(|stage| {
            let (who, ino) = (stage.current(), stage.world.open[self.fd].ino);
            stage.check.looked(who, ino, &bytes);
        });
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    pub fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        write(self.fd, None, bytes)
    }

    pub fn stop_appending(&self) -> io::Result<()> {
        with(|stage| stage.world.open[self.fd].appending = false);
        Ok(())
    }

    pub fn overwrite(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match write(self.fd, Some(offset + done as u64), &bytes[done..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => done += written?,
            }
        }
        Ok(())
    }

    pub fn set_len(&self, len: u64) -> io::Result<()> {
        call(
            "truncate",
            || format!("{} to {len}", self.name()),
            |world, _| {
                let ino = world.open[self.fd].ino;
                world.set_len(ino, usize::try_from(len).expect("small"));
                Ok(())
            },
        )
    }

    pub fn set_mode(&self, mode: Mode) -> io::Result<()> {
        call(
            "chmod",
            || format!("{} to {mode:o}", self.name()),
            |world, who| {
                let ino = world.open[self.fd].ino;
                let uid = world.process(who).uid;
                let inode = world.inodes.get_mut(&ino).expect("an open file");
                if uid != 0 && uid != inode.uid {
                    return Err(error(errno::EPERM));
                }
                inode.mode = mode;
                Ok(())
            },
        )
    }

    pub fn sync_all(&self) -> io::Result<()> {
        self.sync_data()
    }

    pub fn sync_data(&self) -> io::Result<()> {
        call("sync", || self.name(), |_, _| Ok(()))
    }

    pub fn close(self) -> io::Result<()> {
        let closed = call(
            "close",
            || self.name(),
            |world, _| {
                world.close(self.fd);
                Ok(())
            },
        );
        if closed.is_err() {
            with(|stage| stage.world.lose(self.fd));
        }
        closed
    }
}

/// Writes piece by piece; others look in between, and other writers wait.
pub fn write(fd: usize, offset: Option<u64>, bytes: &[u8]) -> io::Result<usize> {
    let mut at = None;
    let mut done = 0;
    let mut left: Vec<usize> = Vec::new();
    with(|stage| stage.writes_to(fd));
    loop {
        let written = done;
        let about = || format!("descriptor {fd}: {}", shortened(&bytes[written..]));
        let more = call("write", about, |world, who| {
            let description = &world.open[fd];
            assert!(description.writable, "write through a descriptor that can't");
            let ino = description.ino;
            let start = *at.get_or_insert_with(|| match offset {
                Some(offset) if !description.appending => offset,
                _ => world.inodes[&ino].bytes.len() as u64,
            });
            if done == 0 {
                let size = world.inodes[&ino].bytes.len();
                // A server gets requests of a page's length, counted from the write's beginning.
                let begin = if world.kind.local { start } else { 0 };
                left = pieces(begin, bytes.len(), if world.kind.local { size } else { 0 });
                left.reverse();
            }
            if !world.kind.local && world.open[fd].before.is_none() {
                world.open[fd].before = Some(world.inodes[&ino].bytes.clone());
            }
            let piece = left.pop().unwrap_or(0);
            world.write(ino, start + done as u64, &bytes[done..done + piece]);
            done += piece;
            let more = !left.is_empty();
            world.inodes.get_mut(&ino).expect("an open file").writer = more.then_some(who);
            Ok(more)
        });
        match more {
            Ok(true) => {}
            Ok(false) => return Ok(bytes.len()),
            Err(error) => {
                with(|stage| stage.world.stop_writing(fd));
                return if done > 0 { Ok(done) } else { Err(error) };
            }
        }
    }
}

pub fn is_everywhere(error: &io::Error) -> bool {
    [errno::EMFILE, errno::ENOSPC].map(Some).contains(&error.raw_os_error())
}

pub fn is_gone_or_odd(error: &io::Error) -> bool {
    [errno::ENOENT, errno::EISDIR].map(Some).contains(&error.raw_os_error())
}

pub fn is_too_long(_: &io::Error) -> bool {
    false
}

pub fn user() -> u32 {
    with(|stage| stage.world.process(stage.current()).uid)
}

pub fn session() -> i32 {
    0
}

/// pid 1 is there, and nobody notices who asks.
pub fn seems_dead(pid: i32) -> bool {
    pid != 1 && !matches!(signal(pid), Ok(()) | Err(errno::EPERM))
}

pub fn patience(_: &io::Error) -> Duration {
    Duration::ZERO
}

pub fn boot_id() -> Option<&'static str> {
    let boot = with(|stage| stage.world.process(stage.current()).boot.clone());
    Some(if boot == "a" { "aaaaaaaa" } else { "bbbbbbbb" })
}

pub fn pid_namespace() -> u64 {
    with(|stage| stage.world.process(stage.current()).namespace)
}

pub fn process_id() -> u32 {
    with(|stage| stage.world.process(stage.current()).pid)
}

/// What `kill(pid, 0)` gives: who lives in the caller's PID namespace, and may be signalled.
pub fn signal(pid: i32) -> Result<(), Errno> {
    let result = call(
        "kill 0",
        || pid.to_string(),
        |world, who| {
            let own = world.process(who);
            let same = |other: &&super::world::Process| other.namespace == own.namespace && other.boot == own.boot;
            if pid == 1 {
                return if own.uid == 0 { Ok(()) } else { Err(error(errno::EPERM)) };
            }
            match world
                .processes
                .iter()
                .filter(same)
                .find(|other| i64::from(other.pid) == i64::from(pid) && !other.dead)
            {
                None => Err(error(errno::ESRCH)),
                Some(other) if own.uid != 0 && own.uid != other.uid => Err(error(errno::EPERM)),
                Some(_) => Ok(()),
            }
        },
    );
    result.map_err(|error| error.raw_os_error().unwrap_or(errno::EIO))
}

pub fn is_dead(pid: i32) -> bool {
    signal(pid) == Err(errno::ESRCH)
}

/// For messages only.
pub fn state_letter(_: u32) -> Option<char> {
    None
}

/// For messages only.
pub fn locker(_: &Path) -> Option<u32> {
    None
}

pub fn command_of(_: u32) -> Option<String> {
    None
}

pub fn clock() -> SystemTime {
    let wall = with(|stage| stage.world.wall());
    note("clock", wall);
    UNIX_EPOCH + Duration::from_nanos(wall)
}

pub fn instant() -> Instant {
    static BASE: LazyLock<Instant> = LazyLock::new(Instant::now);
    let now = with(|stage| stage.world.now);
    note("instant", now);
    *BASE + Duration::from_nanos(now)
}

pub fn sleep(pause: Duration) {
    stage::sleep(u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX));
}

pub fn random() -> u64 {
    with(|stage| {
        let who = stage.current();
        let player = &mut stage.players[who];
        player.randoms += 1;
        let number = hash(&(who, player.randoms));
        stage.check.drew(who, number);
        number
    })
}

pub fn memory() -> &'static Memory {
    with(|stage| stage.players[stage.current()].memory)
}
