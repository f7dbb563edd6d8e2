//! The simulated system: file systems, processes and clocks. Each function is one system call, done at once. Who calls when is decided in
//! `stage.rs`.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::errno::{self, Errno};

pub type Ino = u64;
pub type Told<T> = Result<T, Errno>;

/// What a file system offers, and how it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    /// Whether `statfs` tells that the file system is this kernel's own.
    pub local: bool,
    pub links: bool,
    pub noreplace: bool,
    pub locks: bool,
    /// Whether a file has one inode number, whatever name it is looked at by.
    pub stable_ids: bool,
    /// The granularity of times, in nanoseconds.
    pub tick: u64,
}

impl Kind {
    pub const LOCAL: Self = Self { local: true, links: true, noreplace: true, locks: true, stable_ids: true, tick: 1 };
}

#[derive(Debug, Clone)]
pub struct Inode {
    /// The names in a directory; `None` for a file.
    pub names: Option<BTreeMap<String, Ino>>,
    pub bytes: Vec<u8>,
    pub mode: u32,
    pub uid: u32,
    /// When it was written last, by the wall clock, in nanoseconds.
    pub modified: u64,
    pub links: u64,
    /// How many descriptors are open.
    pub open: u32,
    /// The player that is writing, page by page. Other writers wait for the kernel's lock on the inode.
    pub writer: Option<usize>,
    /// The open description that has the `flock`.
    pub locked_by: Option<usize>,
}

/// A process of the simulation, dead or alive.
#[derive(Debug, Clone)]
pub struct Process {
    pub pid: u32,
    pub namespace: u64,
    pub boot: String,
    /// The device number by which this process's kernel knows the file system.
    pub device: u64,
    pub uid: u32,
    pub umask: u32,
    pub dead: bool,
}

/// An open description. Its number is its place in the list.
#[derive(Debug, Clone)]
pub struct Description {
    pub ino: Ino,
    /// The name by which it was opened: where inode numbers are not stable, they go by the name.
    pub name: u64,
    pub readable: bool,
    pub writable: bool,
    pub appending: bool,
    pub at: u64,
    /// What the file had before this description wrote to it, where errors are told only when it is closed.
    pub before: Option<Vec<u8>>,
    pub owner: usize,
    pub closed: bool,
}

#[derive(Debug, Clone)]
pub struct World {
    pub kind: Kind,
    pub inodes: BTreeMap<Ino, Inode>,
    /// The directories by their paths.
    pub paths: BTreeMap<String, Ino>,
    pub open: Vec<Description>,
    pub processes: Vec<Process>,
    /// The monotonic clock, and how far the wall clock is ahead, both in nanoseconds.
    pub now: u64,
    pub ahead: u64,
    /// Whether a number of a removed file is given to the next one.
    pub reuses_numbers: bool,
    made: Vec<u64>,
    /// Raised by each change of a name or of bytes.
    pub changes: u64,
    /// Who has renamed a file over another one last, as the change of this number.
    renamed_over: (usize, u64),
}

pub const ROOT: Ino = 1;
pub const DIR: &str = "/p/.codegraph";
/// 2023-11-14: the wall clock at the beginning.
pub const EPOCH: u64 = 1_700_000_000_123_456_789;

impl World {
    pub fn new(kind: Kind, processes: Vec<Process>) -> Self {
        let made = vec![0; processes.len() + 1];
        let mut world = Self {
            kind,
            inodes: BTreeMap::new(),
            paths: BTreeMap::new(),
            open: Vec::new(),
            processes,
            now: 1_000_000_000,
            ahead: EPOCH,
            reuses_numbers: false,
            made,
            changes: 0,
            renamed_over: (0, 0),
        };
        let root = world.inode(Some(BTreeMap::new()), 0o777, 0);
        world.inodes.insert(ROOT, root);
        world.paths.insert("/p".to_owned(), ROOT);
        world
    }

    pub fn wall(&self) -> u64 {
        self.now + self.ahead
    }

    fn time(&self) -> u64 {
        self.wall() / self.kind.tick * self.kind.tick
    }

    fn inode(&self, names: Option<BTreeMap<String, Ino>>, mode: u32, uid: u32) -> Inode {
        let modified = self.time();
        Inode { names, bytes: Vec::new(), mode, uid, modified, links: 1, open: 0, writer: None, locked_by: None }
    }

    /// A new inode number: the smallest free one where numbers are reused, else one that tells who has made it.
    fn number(&mut self, who: usize) -> Ino {
        if self.reuses_numbers {
            return (2..).find(|number| !self.inodes.contains_key(number)).expect("a free number");
        }
        self.made[who] += 1;
        1_000_000 * (who as u64 + 1) + self.made[who]
    }

    pub fn process(&self, who: usize) -> &Process {
        &self.processes[who]
    }

    /// The directory and the name in it.
    pub fn resolve<'a>(&self, path: &'a str) -> Told<(Ino, &'a str)> {
        let (dir, name) = path.rsplit_once('/').expect("an absolute path");
        self.paths.get(dir).map(|&dir| (dir, name)).ok_or(errno::ENOENT)
    }

    fn names(&self, dir: Ino) -> &BTreeMap<String, Ino> {
        self.inodes[&dir].names.as_ref().expect("a directory")
    }

    pub fn lookup(&self, dir: Ino, name: &str) -> Told<Ino> {
        self.names(dir).get(name).copied().ok_or(errno::ENOENT)
    }

    /// Whether the process has these rights (4: read, 2: write, 1: search) to the inode.
    pub fn may(&self, who: usize, ino: Ino, rights: u32) -> bool {
        let (process, inode) = (self.process(who), &self.inodes[&ino]);
        let class = if process.uid == inode.uid { 6 } else { 0 };
        process.uid == 0 || inode.mode >> class & rights == rights
    }

    fn may_change(&self, who: usize, dir: Ino) -> Told<()> {
        if self.inodes[&dir].links == 0 {
            return Err(errno::ENOENT);
        }
        if self.may(who, dir, 3) { Ok(()) } else { Err(errno::EACCES) }
    }

    /// Whether the process may take this name away: in a sticky directory, only its own files.
    fn may_unname(&self, who: usize, dir: Ino, ino: Ino) -> Told<()> {
        self.may_change(who, dir)?;
        let uid = self.process(who).uid;
        let is_sticky = self.inodes[&dir].mode & 0o1000 != 0;
        let is_own = uid == 0 || uid == self.inodes[&dir].uid || uid == self.inodes[&ino].uid;
        if is_sticky && !is_own { Err(errno::EPERM) } else { Ok(()) }
    }

    pub fn make_dir(&mut self, who: usize, path: &str) -> Told<()> {
        if self.paths.contains_key(path) {
            return Ok(());
        }
        let (parent, name) = self.resolve(path)?;
        self.may_change(who, parent)?;
        let process = self.process(who);
        let dir = self.inode(Some(BTreeMap::new()), 0o777 & !process.umask, process.uid);
        let number = self.number(who);
        self.inodes.insert(number, dir);
        self.paths.insert(path.to_owned(), number);
        self.name(parent, name, number);
        Ok(())
    }

    fn name(&mut self, dir: Ino, name: &str, ino: Ino) {
        let time = self.time();
        let inode = self.inodes.get_mut(&dir).expect("the directory");
        inode.names.as_mut().expect("a directory").insert(name.to_owned(), ino);
        inode.modified = time;
        self.changes += 1;
    }

    fn unname(&mut self, dir: Ino, name: &str) -> Ino {
        let time = self.time();
        let inode = self.inodes.get_mut(&dir).expect("the directory");
        inode.modified = time;
        let ino = inode.names.as_mut().expect("a directory").remove(name).expect("the name");
        self.inodes.get_mut(&ino).expect("the file").links -= 1;
        self.forget(ino);
        self.changes += 1;
        ino
    }

    fn forget(&mut self, ino: Ino) {
        let inode = &self.inodes[&ino];
        if inode.links == 0 && inode.open == 0 {
            self.inodes.remove(&ino);
        }
    }

    /// Opens a directory.
    pub fn open_dir(&mut self, who: usize, path: &str, to_read: bool) -> Told<usize> {
        let ino = *self.paths.get(path).ok_or(errno::ENOENT)?;
        if to_read && !self.may(who, ino, 4) {
            return Err(errno::EACCES);
        }
        Ok(self.describe(who, ino, "", (to_read, false, false)))
    }

    /// Opens a file; `None` for what makes one: nothing, or an error if it is there already.
    pub fn open(&mut self, who: usize, dir: Ino, name: &str, how: How) -> Told<usize> {
        if !self.may(who, dir, 1) {
            return Err(errno::EACCES);
        }
        let ino = match self.lookup(dir, name) {
            Ok(_) if how.exclusive => return Err(errno::EEXIST),
            Ok(ino) => {
                if self.inodes[&ino].names.is_some() && how.write {
                    return Err(errno::EISDIR);
                }
                let rights = if how.read { 4 } else { 0 } | if how.write { 2 } else { 0 };
                if !self.may(who, ino, rights) {
                    return Err(errno::EACCES);
                }
                if how.truncate {
                    self.set_len(ino, 0);
                }
                ino
            }
            Err(_) if how.create => {
                self.may_change(who, dir)?;
                let process = self.process(who);
                let file = self.inode(None, 0o666 & !process.umask, process.uid);
                let number = self.number(who);
                self.inodes.insert(number, file);
                self.name(dir, name, number);
                number
            }
            Err(error) => return Err(error),
        };
        Ok(self.describe(who, ino, name, (how.read, how.write, how.append)))
    }

    fn describe(
        &mut self,
        who: usize,
        ino: Ino,
        name: &str,
        (readable, writable, appending): (bool, bool, bool),
    ) -> usize {
        self.inodes.get_mut(&ino).expect("the file").open += 1;
        let name = hash(&name);
        self.open.push(Description {
            ino,
            name,
            readable,
            writable,
            appending,
            at: 0,
            before: None,
            owner: who,
            closed: false,
        });
        self.open.len() - 1
    }

    pub fn close(&mut self, fd: usize) {
        let description = &mut self.open[fd];
        if std::mem::replace(&mut description.closed, true) {
            return;
        }
        let ino = description.ino;
        let inode = self.inodes.get_mut(&ino).expect("an open file");
        inode.open -= 1;
        if inode.locked_by == Some(fd) {
            inode.locked_by = None;
        }
        self.forget(ino);
    }

    /// What a dying process leaves: its descriptors are closed, its half-done write stays half done.
    pub fn bury(&mut self, who: usize) {
        self.processes[who].dead = true;
        for fd in 0..self.open.len() {
            if self.open[fd].owner == who {
                self.close(fd);
            }
        }
        for inode in self.inodes.values_mut() {
            if inode.writer == Some(who) {
                inode.writer = None;
            }
        }
    }

    pub fn file(&self, fd: usize) -> &Inode {
        &self.inodes[&self.open[fd].ino]
    }

    pub fn try_lock(&mut self, fd: usize) -> Told<bool> {
        if !self.kind.locks {
            return Err(errno::ENOLCK);
        }
        let ino = self.open[fd].ino;
        let lock = &mut self.inodes.get_mut(&ino).expect("an open file").locked_by;
        Ok(*lock.get_or_insert(fd) == fd)
    }

    pub fn unlock(&mut self, fd: usize) {
        let ino = self.open[fd].ino;
        let lock = &mut self.inodes.get_mut(&ino).expect("an open file").locked_by;
        if *lock == Some(fd) {
            *lock = None;
        }
    }

    pub fn link(&mut self, who: usize, dir: Ino, from: &str, to: &str) -> Told<()> {
        if !self.kind.links {
            return Err(errno::EOPNOTSUPP);
        }
        let ino = self.lookup(dir, from)?;
        if self.lookup(dir, to).is_ok() {
            return Err(errno::EEXIST);
        }
        self.may_change(who, dir)?;
        // As with `fs.protected_hardlinks`, which every distribution sets.
        if self.process(who).uid != self.inodes[&ino].uid && !self.may(who, ino, 6) {
            return Err(errno::EPERM);
        }
        self.inodes.get_mut(&ino).expect("the file").links += 1;
        self.name(dir, to, ino);
        Ok(())
    }

    pub fn rename(&mut self, who: usize, dir: Ino, from: &str, to: &str, replace: bool) -> Told<()> {
        let ino = self.lookup(dir, from)?;
        self.may_unname(who, dir, ino)?;
        if let Ok(old) = self.lookup(dir, to) {
            if !replace {
                return Err(errno::EEXIST);
            }
            if self.inodes[&old].names.is_some() {
                return Err(errno::EISDIR);
            }
            self.may_unname(who, dir, old)?;
            if old == ino {
                return Ok(());
            }
            self.unname(dir, to);
        } else if !replace && !self.kind.noreplace {
            return Err(errno::EINVAL);
        }
        self.inodes.get_mut(&ino).expect("the file").links += 1;
        self.unname(dir, from);
        self.name(dir, to, ino);
        self.renamed_over = (who, self.changes);
        Ok(())
    }

    pub fn remove(&mut self, who: usize, dir: Ino, name: &str) -> Told<()> {
        let ino = self.lookup(dir, name)?;
        self.may_unname(who, dir, ino)?;
        if self.inodes[&ino].names.is_some() {
            return Err(errno::EISDIR);
        }
        self.unname(dir, name);
        Ok(())
    }

    pub fn list(&self, who: usize, dir: Ino) -> Told<Vec<String>> {
        if !self.may(who, dir, 4) {
            return Err(errno::EACCES);
        }
        Ok(self.names(dir).keys().cloned().collect())
    }

    pub fn read(&self, fd: usize, at: u64, most: usize) -> Told<Vec<u8>> {
        let (description, inode) = (&self.open[fd], self.file(fd));
        if inode.names.is_some() {
            return Err(errno::EISDIR);
        }
        assert!(description.readable, "read through a descriptor that can't");
        let start = usize::try_from(at).expect("a small file").min(inode.bytes.len());
        let end = start.saturating_add(most).min(inode.bytes.len());
        Ok(inode.bytes[start..end].to_vec())
    }

    /// Writes one piece. The pieces of a write are told in `pieces`.
    pub fn write(&mut self, ino: Ino, at: u64, bytes: &[u8]) {
        let time = self.time();
        let inode = self.inodes.get_mut(&ino).expect("an open file");
        let start = usize::try_from(at).expect("a small file");
        let end = start + bytes.len();
        if inode.bytes.len() < end {
            inode.bytes.resize(end, 0);
        }
        inode.bytes[start..end].copy_from_slice(bytes);
        inode.modified = time;
        self.changes += 1;
    }

    pub fn set_len(&mut self, ino: Ino, len: usize) {
        let time = self.time();
        let inode = self.inodes.get_mut(&ino).expect("an open file");
        inode.bytes.resize(len, 0);
        inode.modified = time;
        self.changes += 1;
    }

    /// The number that `stat` tells, by a name or of a descriptor.
    pub fn told_number(&self, ino: Ino, name: u64) -> u64 {
        if self.kind.stable_ids { ino } else { ino ^ name >> 20 }
    }

    /// Whether the last change is a rename by this player.
    pub fn changes_by_rename(&self, who: usize) -> bool {
        self.renamed_over == (who, self.changes)
    }

    /// What was written through this descriptor has not reached the server.
    pub fn lose(&mut self, fd: usize) {
        let ino = self.open[fd].ino;
        if let (Some(before), Some(inode)) = (self.open[fd].before.take(), self.inodes.get_mut(&ino)) {
            inode.bytes = before;
            self.changes += 1;
        }
    }

    pub fn stop_writing(&mut self, fd: usize) {
        let ino = self.open[fd].ino;
        let who = self.open[fd].owner;
        if let Some(inode) = self.inodes.get_mut(&ino).filter(|inode| inode.writer == Some(who)) {
            inode.writer = None;
        }
    }

    /// The directory at `DIR` goes, and a copy of it may come in its place.
    pub fn take_away(&mut self, parent: Ino, how: Away) {
        let Some(old) = self.paths.remove(DIR) else { return };
        let (_, name) = DIR.rsplit_once('/').expect("a path");
        self.inodes.get_mut(&parent).expect("the root").names.as_mut().expect("a directory").remove(name);
        self.changes += 1;
        if matches!(how, Away::Copied | Away::Linked) {
            let mut dir = self.inodes[&old].clone();
            (dir.open, dir.locked_by) = (0, None);
            for ino in dir.names.as_mut().expect("a directory").values_mut() {
                if how == Away::Linked {
                    self.inodes.get_mut(ino).expect("a file").links += 1;
                } else {
                    let number = self.number(self.processes.len() - 1);
                    let mut file = self.inodes[ino].clone();
                    (file.open, file.links, file.writer, file.locked_by) = (0, 1, None, None);
                    self.inodes.insert(number, file);
                    *ino = number;
                }
            }
            let new = self.number(self.processes.len() - 1);
            self.inodes.insert(new, dir);
            self.paths.insert(DIR.to_owned(), new);
            self.name(parent, name, new);
        } else if how == Away::Removed {
            let names = self.inodes.get_mut(&old).expect("it").names.take().expect("a directory");
            for (_, ino) in names {
                self.inodes.get_mut(&ino).expect("a file").links -= 1;
                self.forget(ino);
            }
            let dir = self.inodes.get_mut(&old).expect("it");
            dir.names = Some(BTreeMap::new());
            dir.links = 0;
            self.forget(old);
        }
    }

    /// What the file of this name has, if there is such a file in the directory that stands at `DIR` now.
    pub fn contents(&self, name: &str) -> Option<&Inode> {
        let dir = self.paths.get(DIR)?;
        self.names(*dir).get(name).map(|ino| &self.inodes[ino])
    }

    /// Everything that a process could find out, as one number.
    pub fn digest(&self, hasher: &mut DefaultHasher) {
        (self.now, self.ahead, &self.paths).hash(hasher);
        for (number, inode) in &self.inodes {
            (number, &inode.names, &inode.bytes, inode.mode, inode.modified, inode.links).hash(hasher);
            let locked_by = inode.locked_by.map(|fd| self.open[fd].owner);
            (inode.writer, locked_by).hash(hasher);
        }
        // Numbers of descriptors depend on the order of openings; what is open, and whose, does not.
        let mut open: Vec<_> = self.open.iter().filter(|it| !it.closed).map(|it| (it.owner, it.ino, it.at)).collect();
        open.sort_unstable();
        open.hash(hasher);
    }
}

/// What becomes of the journal's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// `rm -r`
    Removed,
    /// `mv`: whoever has it open can write on in it, elsewhere.
    Moved,
    /// `mv`, and `cp -a` in its place.
    Copied,
    /// `mv`, and `cp -al` in its place: the same files.
    Linked,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of open(2)")]
pub struct How {
    pub read: bool,
    pub write: bool,
    pub append: bool,
    pub create: bool,
    pub exclusive: bool,
    pub truncate: bool,
}

/// The pieces in which a write gets to a file of `size` bytes, as far as others can see: pages. Of a short one that overwrites, words of
/// eight bytes and then single bytes. Bytes behind the end are seen only once the file's length covers them.
pub fn pieces(at: u64, len: usize, size: usize) -> Vec<usize> {
    const PAGE: u64 = 4096;
    const WORD: usize = 8;
    if len <= 2 * WORD && at + len as u64 <= size as u64 {
        return [vec![WORD; len / WORD], vec![1; len % WORD]].concat();
    }
    let mut pieces = Vec::new();
    let mut done = 0;
    while done < len {
        let left = PAGE - (at + done as u64) % PAGE;
        let piece = usize::try_from(left).expect("a page").min(len - done);
        pieces.push(piece);
        done += piece;
    }
    pieces
}

pub fn hash(thing: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    thing.hash(&mut hasher);
    hasher.finish()
}
