//! Steps *prepare* and *publish*: the lockfile appears whole, and never in the place of another.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use crate::lock::claim::Claim;
use crate::lock::{directory, lockfile, private_name};
use crate::sys;

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

/// A private file with this writer's claim. Dropping this removes the file's name, if the file has one.
#[derive(Debug)]
pub struct Private {
    file: File,
    name: Option<PathBuf>,
    /// For messages: the file's name, or the name that the file is to get.
    path: PathBuf,
}

impl Drop for Private {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // A file that stays behind is swept 30 s later.
            let _ = fs::remove_file(name);
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
    /// A file without a name can't be given one.
    Nameless,
    /// Publishing in this way has failed.
    Failed,
}

impl Private {
    /// Makes a private file with the claim. For a hard link the file has no name, where that can be: no crash leaves such a file behind, and a
    /// name costs a fifth of the whole lockfile.
    pub fn prepare(journal: &Path, claim: &Claim, way: Way) -> Result<Self> {
        let unnamed = if way == Way::Link { sys::create_unnamed(directory(journal)) } else { None };
        match unnamed {
            Some(file) => Self::with(file, None, lockfile(journal), claim),
            None => Self::prepare_named(journal, claim),
        }
    }

    pub fn prepare_named(journal: &Path, claim: &Claim) -> Result<Self> {
        let path = private_name(journal, claim.nonce());
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).during("open", &path)?;
        Self::with(file, Some(path.clone()), path, claim)
    }

    fn with(file: File, name: Option<PathBuf>, path: PathBuf, claim: &Claim) -> Result<Self> {
        let private = Self { file, name, path };
        private.prepare_again(claim)?;
        Ok(private)
    }

    /// Writes the claim again, for a fresh mtime, by which others judge the lockfile.
    pub fn prepare_again(&self, claim: &Claim) -> Result<()> {
        write_claim(&self.file, claim).during("write", &self.path)
    }

    pub fn publish(&mut self, lockfile: &Path, way: Way) -> Published {
        let published = match (&self.name, way) {
            (Some(name), Way::Link) => fs::hard_link(name, lockfile),
            (Some(name), _) => sys::rename_new(name, lockfile),
            (None, _) => sys::give_name(&self.file, lockfile),
        };
        match published {
            Ok(()) => {
                // A renamed file has no private name any more. A linked file still has one, which goes when this is dropped.
                if way == Way::Rename {
                    self.name = None;
                }
                Published::Yes
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Published::Taken,
            Err(_) if self.name.is_none() => Published::Nameless,
            Err(error) if error.kind() == ErrorKind::NotFound => Published::Swept,
            Err(_) => Published::Failed,
        }
    }

    /// The one exception to "nothing is ever replaced": see [`Stale::ByRename`](super::judge::Stale::ByRename).
    pub fn replace(mut self, lockfile: &Path) -> Result<()> {
        let name = self.name.take().expect("only what has a name can be renamed");
        fs::rename(&name, lockfile).during("rename", lockfile).inspect_err(|_| self.name = Some(name))
    }

    pub fn is_named(&self) -> bool {
        self.name.is_some()
    }
}

/// [`Way::Create`]. False if the lockfile's name is taken.
pub fn create_lockfile(lockfile: &Path, claim: &Claim) -> Result<bool> {
    let file = match OpenOptions::new().read(true).write(true).create_new(true).open(lockfile) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        opened => opened.during("open", lockfile)?,
    };
    let stamped = write_claim(&file, claim).during("write", lockfile);
    // An empty lockfile would hold up others: it is stale only after 0.5 s. A lockfile with a claim is somebody else's by now.
    if stamped.is_err() && fs::symlink_metadata(lockfile).is_ok_and(|metadata| metadata.len() == 0) {
        let _ = fs::remove_file(lockfile);
    }
    stamped.map(|()| true)
}

/// Writes the whole claim from the file's first byte on. Nothing is truncated, because somebody may be reading.
pub fn write_claim(mut file: &File, claim: &Claim) -> io::Result<()> {
    file.rewind()?;
    file.write_all(claim.as_bytes())
}
