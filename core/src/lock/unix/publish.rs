//! Step *publish*: the lockfile appears whole, and never replaces another.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::opened::Opened;
use crate::error::{Context, Result};
use crate::lock::claim::{CLAIM_LEN, Claim};
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
pub fn publish(opened: &Opened, claim: &Claim, way: Way) -> io::Result<Published> {
    let dir = &opened.dir;
    let reusable = opened.domain().and_then(|domain| reusable(&domain)).filter(|_| way == Way::Link);
    let prepared = reusable.and_then(|name| Some((Ok(Some(prepare_reusable(dir, claim, &name)?)), name)));
    let is_private = prepared.is_none();
    let (file, name) = prepared.unwrap_or_else(|| (prepare_private(opened, claim), private_name(claim.nonce())));
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
pub fn prepare_private(opened: &Opened, claim: &Claim) -> io::Result<Option<File>> {
    let file = opened.dir.open_file(&private_name(claim.nonce()), Access::New)?;
    file.overwrite(claim.as_bytes(), 0)?;
    if opened.is_local() { Ok(Some(file)) } else { file.close().map(|()| None) }
}

/// The name of a domain's reusable lockfile. A claim's domain is anybody's text: `None` for one that could name something else.
pub fn reusable(domain: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
    let is_name = !domain.is_empty() && domain.bytes().all(is_plain);
    is_name.then(|| private_name(&domain.replace(':', "-")))
}

/// The reusable lockfile: the last lockfile of this domain, which its writers use one after another, each with the kernel lock. Making and
/// removing a file would take half of an append's time.
fn prepare_reusable(dir: &Dir, claim: &Claim, name: &str) -> Option<File> {
    let file = match dir.open_file(name, Access::Write).ok().filter(|file| may_be_used(file).unwrap_or(false)) {
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
/// nobody may have judged this one lately: it is not the lockfile now, because it has one name; and it is under 29 s old, and not from the future.
fn may_be_used(file: &File) -> Option<bool> {
    let stat = file.stat().ok()?;
    // The clock is read last: if this process is suspended in between, the file seems older, never younger.
    let age = sys::clock().duration_since(stat.modified?).ok()?;
    let is_claim = stat.is_file && stat.len <= CLAIM_LEN as u64 && stat.uid == sys::user();
    Some(is_claim && stat.links == 1 && age < SURELY_NOT_STALE)
}

/// [`Way::Create`].
pub fn create_lockfile(opened: &Opened, claim: &Claim, path: &Path) -> Result<Published> {
    let file = match opened.dir.open_file(LOCKFILE, Access::New) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(Published::Taken),
        made => made.during("open", path)?,
    };
    let stamped = file.overwrite(claim.as_bytes(), 0);
    // An empty lockfile would hold up others, because it is stale only after 0.5 s. If the lockfile has a claim, it is somebody else's by now.
    if stamped.is_err() && opened.dir.stat_file(LOCKFILE).is_ok_and(|stat| stat.len == 0) {
        let _ = opened.dir.remove(LOCKFILE);
    }
    stamped.during("write", path)?;
    let file = if opened.is_local() { Some(file) } else { file.close().during("close", path).map(|()| None)? };
    Ok(Published::Yes(file))
}
