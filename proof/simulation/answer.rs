//! Answers of the simulated system: how they are compared, and told.

use std::hash::{DefaultHasher, Hash};
use std::io;
use std::time::UNIX_EPOCH;

use super::errno::{self, Errno};
use super::stage::Answer;
use super::system::File;
use crate::sys::Stat;

pub fn error(errno: Errno) -> io::Error {
    io::Error::from_raw_os_error(errno)
}

impl<T: Digest> Answer for io::Result<T> {
    fn refused(errno: Errno) -> Option<Self> {
        Some(Err(error(errno)))
    }
    fn dead() -> Self {
        Err(error(errno::EIO))
    }
    fn tell(&self, hasher: &mut DefaultHasher) {
        match self {
            Ok(answer) => answer.digest(hasher),
            Err(error) => error.raw_os_error().hash(hasher),
        }
    }
    fn text(&self) -> String {
        match self {
            Ok(answer) => answer.words(),
            Err(error) => errno::name(error.raw_os_error().unwrap_or(0)),
        }
    }
}

/// What of an answer decides how a player goes on, and how it is told.
pub trait Digest {
    fn digest(&self, hasher: &mut DefaultHasher);
    fn words(&self) -> String;
}

impl Digest for () {
    fn digest(&self, _: &mut DefaultHasher) {}
    fn words(&self) -> String {
        "done".to_owned()
    }
}
impl Digest for bool {
    fn digest(&self, hasher: &mut DefaultHasher) {
        self.hash(hasher);
    }
    fn words(&self) -> String {
        self.to_string()
    }
}
impl Digest for usize {
    fn digest(&self, hasher: &mut DefaultHasher) {
        self.hash(hasher);
    }
    fn words(&self) -> String {
        self.to_string()
    }
}
impl Digest for Vec<u8> {
    fn digest(&self, hasher: &mut DefaultHasher) {
        self.hash(hasher);
    }
    fn words(&self) -> String {
        shortened(self)
    }
}
impl Digest for Vec<String> {
    fn digest(&self, hasher: &mut DefaultHasher) {
        self.hash(hasher);
    }
    fn words(&self) -> String {
        format!("{self:?}")
    }
}
impl Digest for Stat {
    fn digest(&self, hasher: &mut DefaultHasher) {
        (self.len, self.id, self.links, self.modified, self.mode).hash(hasher);
    }
    fn words(&self) -> String {
        let nanos = self.modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map_or(0, |at| at.as_nanos());
        format!("inode {}, {} bytes, {} names, at …{:010}", self.id.1, self.len, self.links, nanos % 10_000_000_000)
    }
}
impl Digest for File {
    fn digest(&self, _: &mut DefaultHasher) {}
    fn words(&self) -> String {
        format!("descriptor {}", self.fd)
    }
}

pub fn shortened(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end();
    let short: String = text.chars().take(160).collect();
    format!("{short:?}{}", if short.len() < text.len() { "…" } else { "" })
}
