//! Steps *prepare* and *publish*: the lockfile appears whole, and never in anybody's place.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::Inode;
use crate::error::{Context, Result};
use crate::lock::claim::Claim;
use crate::lock::private_name;
use crate::sys::{self, FileId};

/// A private file with our claim. Its name goes when this does.
#[derive(Debug)]
pub struct Private {
    name: Name,
    inode: Inode,
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
    /// There are no hard links here.
    Unsupported,
}

impl Private {
    pub fn prepare(journal: &Path, claim: &Claim) -> Result<Self> {
        let path = private_name(journal, claim.nonce());
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).during("open", &path)?;
        let name = Name(path);
        // Asked now: behind `publish` nothing may fail before the lock is known to be ours.
        let inode = Inode::of(file).during("fstat", &name.0)?;
        let private = Self { name, inode };
        private.prepare_again(claim)?;
        Ok(private)
    }

    /// For a fresh mtime: others judge the lockfile by it.
    pub fn prepare_again(&self, claim: &Claim) -> Result<()> {
        self.inode.file.write_all_at(claim.as_bytes(), 0).during("write", &self.name.0)
    }

    pub fn publish(&self, lockfile: &Path) -> Result<Published> {
        match fs::hard_link(&self.name.0, lockfile) {
            Ok(()) => Ok(Published::Yes),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Published::Taken),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Published::Swept),
            Err(error) if sys::is_without_hard_links(&error) => Ok(Published::Unsupported),
            Err(error) => Err(error).during("link", lockfile),
        }
    }

    /// The one exception to "nothing is ever replaced": see [`Stale::ByRename`](super::judge::Stale::ByRename).
    pub fn replace(self, lockfile: &Path) -> Result<Inode> {
        fs::rename(&self.name.0, lockfile).during("rename", lockfile)?;
        Ok(self.into_inode())
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
