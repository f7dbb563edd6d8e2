//! Steps *prepare* and *publish*: the lockfile appears whole, and never in the place of another.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::domain::Domain;
use super::kept;
use crate::error::{Context, Result};
use crate::lock::claim::Claim;
use crate::lock::private_name;
use crate::sys::{self, Access, File};

/// The ways to publish a lockfile, the best one first. A way that does not work gives way to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a hard link.
    Link,
    /// By a rename that replaces nothing.
    Rename,
    /// As the JS module does: the lockfile is created empty at its own name, and then stamped. Others can judge the empty file.
    Create,
}

/// A file with this writer's claim, which is to be the lockfile.
#[derive(Debug)]
pub struct Private {
    file: File,
    path: PathBuf,
    /// Whether the path is a private name. Dropping this removes such a name; the name of a kept claim stays.
    is_temporary: bool,
}

impl Drop for Private {
    fn drop(&mut self) {
        if self.is_temporary {
            // A file that stays behind is swept 30 s later.
            let _ = sys::remove(&self.path);
        }
    }
}

/// The result of publishing.
pub enum Published {
    /// The lockfile is this writer's.
    Yes,
    /// The name is taken.
    Taken,
    /// The private file was swept, because this process was suspended for 30 s, or the directory is gone.
    Swept,
    /// Publishing in this way has failed.
    Failed,
}

impl Private {
    /// For a hard link the kept claim, where natives of this domain can have one, or else a file with a name of its own.
    pub fn prepare(journal: &Path, claim: &Claim, domain: &Domain, way: Way) -> Result<Self> {
        let kept = if way == Way::Link { Self::prepare_kept(journal, claim, domain) } else { None };
        kept.map_or_else(|| Self::prepare_new(journal, claim), Ok)
    }

    /// `None` whatever is wrong: a file with a name of its own may do.
    fn prepare_kept(journal: &Path, claim: &Claim, domain: &Domain) -> Option<Self> {
        let path = kept::path(journal, domain)?;
        let (file, is_new) = kept::open(&path, domain)?;
        let mut kept = Self { file, path, is_temporary: is_new };
        kept.prepare_again(claim).ok()?;
        kept.is_temporary = false;
        Some(kept)
    }

    pub fn prepare_new(journal: &Path, claim: &Claim) -> Result<Self> {
        let path = private_name(journal, claim.nonce());
        let file = sys::open(&path, Access::New).during("open", &path)?;
        let private = Self { file, path, is_temporary: true };
        private.prepare_again(claim)?;
        Ok(private)
    }

    /// Writes the claim again, for a fresh mtime, by which others judge the lockfile.
    pub fn prepare_again(&self, claim: &Claim) -> Result<()> {
        write_claim(&self.file, claim).during("write", &self.path)
    }

    pub fn publish(&mut self, lockfile: &Path, way: Way) -> Published {
        let published = match way {
            Way::Link => sys::link(&self.path, lockfile),
            Way::Rename | Way::Create => sys::rename_new(&self.path, lockfile),
        };
        match published {
            // Another file had that name: somebody has removed the directory and made it again.
            Ok(()) if self.is_kept() && !self.has_two_names() => Published::Swept,
            Ok(()) => {
                // A renamed file has no private name any more.
                self.is_temporary = self.is_temporary && way == Way::Link;
                Published::Yes
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Published::Taken,
            Err(error) if error.kind() == ErrorKind::NotFound => Published::Swept,
            Err(_) => Published::Failed,
        }
    }

    fn has_two_names(&self) -> bool {
        self.file.stat().is_ok_and(|stat| stat.links == 2)
    }

    /// The one exception to "nothing is ever replaced": see [`Stale::ByRename`](super::judge::Stale::ByRename).
    pub fn replace(mut self, lockfile: &Path) -> Result<()> {
        sys::rename(&self.path, lockfile).during("rename", lockfile)?;
        self.is_temporary = false;
        Ok(())
    }

    pub fn is_kept(&self) -> bool {
        !self.is_temporary
    }
}

/// [`Way::Create`]. False if the lockfile's name is taken.
pub fn create_lockfile(lockfile: &Path, claim: &Claim) -> Result<bool> {
    let file = match sys::open(lockfile, Access::New) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        opened => opened.during("open", lockfile)?,
    };
    let stamped = write_claim(&file, claim).during("write", lockfile);
    // An empty lockfile would hold up others: it is stale only after 0.5 s. A lockfile with a claim is somebody else's by now.
    if stamped.is_err() && sys::stat(lockfile).is_ok_and(|stat| stat.len == 0) {
        let _ = sys::remove(lockfile);
    }
    stamped.map(|()| true)
}

/// Writes the whole claim from the file's first byte on. Nothing is truncated, because somebody may be reading.
pub fn write_claim(file: &File, claim: &Claim) -> io::Result<()> {
    file.overwrite(claim.as_bytes(), 0)
}
