//! Disks that lose their power. They are files, which the loop driver makes block devices of, with a file system on each.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system that the kernel has, and how to make one.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub name: &'static str,
    megabytes: u64,
    make: &'static [&'static str],
    options: &'static str,
}

/// Made with blocks as on any disk over 512 MB. Everything is made at once, because writes that the kernel would make later are not the
/// journal's.
pub const EXT4: Kind = Kind {
    name: "ext4",
    megabytes: 32,
    make: &["mkfs.ext4", "-q", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
    options: "loop",
};
/// ext4 that does not write a file out before the file is renamed over another one.
pub const EXT4_WITHOUT_FLUSH: Kind =
    Kind { name: "ext4 with noauto_da_alloc", options: "loop,noauto_da_alloc", ..EXT4 };
pub const XFS: Kind = Kind { name: "xfs", megabytes: 300, make: &["mkfs.xfs", "-q"], options: "loop" };
pub const BTRFS: Kind = Kind { name: "btrfs", megabytes: 128, make: &["mkfs.btrfs", "-q"], options: "loop" };

impl Kind {
    /// A new file with this file system in it.
    pub fn make(self, image: &Path) {
        File::create(image).unwrap().set_len(self.megabytes << 20).unwrap();
        let (program, options) = self.make.split_first().unwrap();
        run(program, options.iter().map(OsStr::new).chain([image.as_os_str()]));
    }
}

/// A mounted disk. Dropping this unmounts the disk.
pub struct Mount(PathBuf);

impl Mount {
    pub fn of(kind: Kind, image: &Path, at: &Path) -> Self {
        fs::create_dir_all(at).unwrap();
        run("mount", [OsStr::new("-o"), OsStr::new(kind.options), image.as_os_str(), at.as_os_str()]);
        Self(at.to_owned())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        run("umount", [&self.0]);
    }
}

/// Gives this thread, and the processes that it starts, mounts of their own. Otherwise a process that gets its own mounts elsewhere, while a
/// disk is mounted here, would keep that disk mounted. The disk could then not be mounted anew.
pub fn with_own_mounts() {
    // SAFETY: the call takes a number, and concerns only this thread.
    let status = unsafe { libc::unshare(libc::CLONE_NEWNS) };
    assert_eq!(status, 0, "these tests need root: {}", io::Error::last_os_error());
    run("mount", ["--make-rprivate", "/"]);
}

/// Runs a command that has to succeed.
pub fn run<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| {
        panic!("{program}: {error}; these tests need: apt-get install e2fsprogs xfsprogs btrfs-progs libfuse3-dev pkg-config gcc")
    });
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}
