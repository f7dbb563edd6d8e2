//! Step *publish*: the lockfile appears whole, and never replaces another.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::domain::{Domain, reusable};
use crate::error::{Context, Result};
use crate::lock::claim::{CLAIM_LEN, Claim, Claimant};
use crate::lock::{LOCKFILE, private_name};
use crate::sys::{self, Access, Dir, File};

/// Native writers of other domains take over a lockfile that is 30.5 s old. If a file is younger than this, none of them has judged it.
const SURELY_NOT_STALE: Duration = Duration::from_secs(29);

/// The ways to publish a lockfile, the best one first. If one does not work, the writer tries the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a hard link.
    Link,
    /// By a rename that replaces nothing.
    Rename,
    /// As the JS module does: create the lockfile empty at its own name, then stamp it. Others can judge the empty file.
    Create,
}

/// The result of publishing.
pub enum Published {
    /// The lockfile is this writer's. Has its descriptor, if that may stay open.
    Yes(Option<File>),
    /// The name is taken.
    Taken,
    /// The prepared file was swept, because this process was suspended for 30 s; or the directory is gone.
    Gone,
    /// Publishing in this way has failed.
    Failed,
}

/// Prepares a file with the claim, and makes it the lockfile.
pub fn publish(dir: &Dir, domain: &Domain, claim: &Claim, way: Way) -> io::Result<Published> {
    let again = reusable(&domain.name).filter(|_| way == Way::Link);
    let (name, file) =
        match again.and_then(|name| prepare_reusable(dir, domain, claim, &name).map(|file| (name, Ok(Some(file))))) {
            Some(prepared) => prepared,
            None => (private_name(claim.nonce()), prepare_private(dir, domain, claim)),
        };
    let is_private = name == private_name(claim.nonce());
    let published = file.map(|file| {
        let published = if way == Way::Link { dir.link(&name, LOCKFILE) } else { dir.rename_new(&name, LOCKFILE) };
        match published {
            Ok(()) => Published::Yes(file),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Published::Taken,
            Err(error) if error.kind() == ErrorKind::NotFound => Published::Gone,
            Err(_) => Published::Failed,
        }
    });
    if is_private && !(way == Way::Rename && matches!(published, Ok(Published::Yes(_)))) {
        // If the file stays behind, it is swept 30 s later.
        let _ = dir.remove(&name);
    }
    published
}

/// A private file with this writer's claim. `None` if its descriptor has been closed, because a network file system may send the bytes only then.
pub fn prepare_private(dir: &Dir, domain: &Domain, claim: &Claim) -> io::Result<Option<File>> {
    let file = dir.open_file(&private_name(claim.nonce()), Access::New)?;
    file.overwrite(claim.as_bytes(), 0)?;
    if domain.is_local {
        return Ok(Some(file));
    }
    file.close().map(|()| None)
}

/// The reusable lockfile: the last lockfile of this domain, which its writers use one after another, each with the kernel lock. Making and
/// removing a file would take half of an append's time.
fn prepare_reusable(dir: &Dir, domain: &Domain, claim: &Claim, name: &str) -> Option<File> {
    let file = match dir.open_file(name, Access::Write).ok().filter(|file| may_be_used(file, domain).unwrap_or(false)) {
        Some(file) => file,
        None => {
            // The file may not be used again, so it loses this name. If it is also the lockfile, it keeps that name.
            match dir.remove(name) {
                Err(error) if error.kind() != ErrorKind::NotFound => return None,
                _ => dir.open_file(name, Access::New).ok()?,
            }
        }
    };
    if file.overwrite(claim.as_bytes(), 0).is_err() {
        // What has no claim is useless to the next writer, too.
        let _ = dir.remove(name);
        return None;
    }
    Some(file)
}

/// Whether the file may be the lockfile once more. A writer that has judged a lockfile stale writes into that very file, and may do so late. So
/// nobody may have judged this one: it has one name, and is not the lockfile; it is under 29 s old, and not from the future; its claim is of this
/// domain, and is not marked as taken over.
fn may_be_used(file: &File, domain: &Domain) -> Option<bool> {
    let stat = file.stat().ok()?;
    // The clock is read last: if this process is suspended in between, the file seems older, never younger.
    let age = sys::clock().duration_since(stat.modified?).ok()?;
    let mut text = [0; CLAIM_LEN];
    let read = file.read_at(&mut text, 0).ok()?;
    let text = str::from_utf8(&text[..read]).ok()?;
    let is_ours =
        matches!(Claimant::parse(text), Claimant::Native(native) if native.domain == domain.name && !native.taken);
    Some(stat.is_file && stat.links == 1 && stat.uid == sys::user() && age < SURELY_NOT_STALE && is_ours)
}

/// [`Way::Create`].
pub fn create_lockfile(dir: &Dir, domain: &Domain, claim: &Claim, path: &Path) -> Result<Published> {
    let file = match dir.open_file(LOCKFILE, Access::New) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(Published::Taken),
        opened => opened.during("open", path)?,
    };
    let stamped = file.overwrite(claim.as_bytes(), 0);
    // An empty lockfile would hold up others, because it is stale only after 0.5 s. If the lockfile has a claim, it is somebody else's by now.
    if stamped.is_err() && dir.stat_file(LOCKFILE).is_ok_and(|stat| stat.len == 0) {
        let _ = dir.remove(LOCKFILE);
    }
    stamped.during("write", path)?;
    Ok(Published::Yes(if domain.is_local { Some(file) } else { file.close().during("close", path).map(|()| None)? }))
}
