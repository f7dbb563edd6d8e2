//! The kept claim: the file that was a native's last lockfile. The next native of the same domain uses that file again.
//!
//! Making and removing a file takes half of the time of an append. So the file stays: it has the kept claim's name all the time, and the
//! lockfile's name as well while somebody holds the lock. The next claim is written while the file is not the lockfile. Natives of one domain
//! use the file one after another, because each of them has the guard.
//!
//! # When the kept claim is used again
//!
//! A writer that has judged a lockfile stale writes into that very file, and may do so late. So the kept claim is used again only if nobody can
//! have judged it:
//!
//! - The file has no other name. So it is not the lockfile now.
//! - The file is under 29 s old, and not from the future. Natives of other domains take over what is 30.5 s old.
//! - The claim in the file is one of this domain's. So no native of another domain has taken the file over.
//!
//! The model in `proof/model/` shows that each of these is needed, and that the three are enough. JS writers never write into somebody's lockfile:
//! they rename another file over its name. JS writers and natives sweep a kept claim of over 30 s, as they sweep every private file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::domain::Domain;
use super::judge::SURELY_NOT_STALE;
use crate::lock::claim::{CLAIM_LEN, Claimant};
use crate::lock::private_name;
use crate::sys::{self, Access, File};

/// The kept claim of a domain; `None` where nothing is known of the domain. Two domains share no kept claim, because the guard does not keep
/// their natives apart.
pub fn path(journal: &Path, domain: &Domain) -> Option<PathBuf> {
    domain.is_local().then(|| private_name(journal, &domain.name().replace(':', "-")))
}

/// Opens the kept claim to write this writer's own, and tells whether the file is a new one. `None` if that fails.
pub fn open(path: &Path, domain: &Domain) -> Option<(File, bool)> {
    if let Some(file) = open_again(path, domain) {
        return Some((file, false));
    }
    let create = || sys::open(path, Access::New);
    let created = match create() {
        // A file that may not be used again loses this name. If the file is the lockfile, it keeps that name.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => sys::remove(path).and_then(|()| create()),
        created => created,
    };
    created.ok().map(|file| (file, true))
}

/// The kept claim, if it may be used again.
fn open_again(path: &Path, domain: &Domain) -> Option<File> {
    let file = sys::open(path, Access::Write).ok()?;
    let metadata = file.stat().ok()?;
    // The clock last: if this process is suspended in between, the file seems older, never younger.
    let age = sys::clock().duration_since(metadata.modified?).ok()?;
    let mut text = [0; CLAIM_LEN];
    let read = file.read_at(&mut text, 0).ok()?;
    let text = str::from_utf8(&text[..read]).ok()?;
    let is_ours = matches!(Claimant::parse(text), Claimant::Native { domain: theirs, .. } if domain.has(theirs));
    let is_usable = metadata.is_file && !metadata.has_other_names() && age < SURELY_NOT_STALE && is_ours;
    is_usable.then_some(file)
}
