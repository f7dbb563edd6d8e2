//! Steps *prepare* and *publish*: the lockfile appears whole, and never in anybody's place.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::Inode;
use crate::error::{Context, Result};
use crate::lock::claim::Claim;
use crate::lock::{directory, lockfile, private_name};
use crate::sys::{self, FileId};

/// A private file with our claim. Its name, if it has one, goes when this does.
#[derive(Debug)]
pub struct Private {
    inode: Inode,
    name: Option<Name>,
    /// For messages: its name, or the one that it is to get.
    path: PathBuf,
}

#[derive(Debug)]
struct Name(PathBuf);

impl Drop for Name {
    fn drop(&mut self) {
        // What stays behind is swept in 30 s.
        let _ = fs::remove_file(&self.0);
    }
}

/// What publishing came to.
pub enum Published {
    /// The lockfile is ours.
    Yes,
    /// The name is taken.
    Taken,
    /// The private file was swept away, for we were suspended for 30 s.
    Swept,
    /// A file without a name can't be given one.
    Nameless,
    /// There are no hard links here.
    Unsupported,
}

impl Private {
    /// Without a name where that can be: no crash leaves it behind, and a name costs a fifth of what the lockfile does.
    pub fn prepare(journal: &Path, claim: &Claim) -> Result<Self> {
        match sys::create_unnamed(directory(journal)) {
            Some(file) => Self::with(file, None, &lockfile(journal), claim),
            None => Self::prepare_named(journal, claim),
        }
    }

    pub fn prepare_named(journal: &Path, claim: &Claim) -> Result<Self> {
        let path = private_name(journal, claim.nonce());
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).during("open", &path)?;
        Self::with(file, Some(Name(path.clone())), &path, claim)
    }

    fn with(file: File, name: Option<Name>, path: &Path, claim: &Claim) -> Result<Self> {
        // Asked now: behind `publish` nothing may fail before the lock is known to be ours.
        let inode = Inode::of(file).during("fstat", path)?;
        let private = Self { inode, name, path: path.to_owned() };
        private.prepare_again(claim)?;
        Ok(private)
    }

    /// For a fresh mtime: others judge the lockfile by it.
    pub fn prepare_again(&self, claim: &Claim) -> Result<()> {
        self.inode.file.write_all_at(claim.as_bytes(), 0).during("write", &self.path)
    }

    pub fn publish(&self, lockfile: &Path) -> Result<Published> {
        let linked = match &self.name {
            Some(name) => fs::hard_link(&name.0, lockfile),
            None => sys::give_name(&self.inode.file, lockfile),
        };
        match linked {
            Ok(()) => Ok(Published::Yes),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Published::Taken),
            Err(_) if self.name.is_none() => Ok(Published::Nameless),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Published::Swept),
            Err(error) if sys::is_without_hard_links(&error) => Ok(Published::Unsupported),
            Err(error) => Err(error).during("link", lockfile),
        }
    }

    /// The one exception to "nothing is ever replaced": see [`Stale::ByRename`](super::judge::Stale::ByRename).
    pub fn replace(self, lockfile: &Path) -> Result<Inode> {
        let name = self.name.as_ref().expect("only what has a name can be renamed");
        fs::rename(&name.0, lockfile).during("rename", lockfile)?;
        Ok(self.into_inode())
    }

    pub fn is_named(&self) -> bool {
        self.name.is_some()
    }

    pub fn id(&self) -> FileId {
        self.inode.id
    }

    /// The inode without its private name.
    pub fn into_inode(self) -> Inode {
        self.inode
    }
}

/// The fallback for [`Published::Unsupported`]: creates the lockfile itself, empty, and stamps it. `None` if it is taken.
pub fn create_lockfile(lockfile: &Path, claim: &Claim) -> Result<Option<Inode>> {
    let file = match OpenOptions::new().read(true).write(true).create_new(true).open(lockfile) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        opened => opened.during("open", lockfile)?,
    };
    let inode = Inode::of(file).during("fstat", lockfile)?;
    let stamped = inode.file.write_all_at(claim.as_bytes(), 0).during("write", lockfile);
    if stamped.is_err() && sys::is_named(lockfile, inode.id).unwrap_or(false) {
        // Left empty it would hold up others for a moment; should it stay after all, it is stale in 0.5 s.
        let _ = fs::remove_file(lockfile);
    }
    stamped.map(|()| Some(inode))
}
