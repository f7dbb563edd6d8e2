//! The same faults without `strace`: there is really no space, no inode, no descriptor, no right to write.

use std::env;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use codegraph_journal::Error;

use crate::place::{BOOT_ID, Beside, Place, STATES, State, promptly};
use crate::writer::{BATCH, Operation, Outcome, command, outcomes};

const PAGE: u64 = 4096;
const PATIENT: Duration = Duration::from_secs(5);

/// This variable says that the test runs already where it may mount.
const INSIDE: &str = "JOURNAL_TEST_MOUNTED";

/// Runs a test in a process that has its own mounts, with a small file system at the given directory.
fn with_small_file_system(test: &str, options: &str, check: impl FnOnce(&Path)) {
    if let Some(dir) = env::var_os(INSIDE) {
        let options = format!("{options},mode=0777");
        let mount = ["-t", "tmpfs", "-o", &options, "tmpfs"];
        assert!(Command::new("mount").args(mount).arg(&dir).status().unwrap().success());
        return check(Path::new(&dir));
    }
    let dir = tempfile::TempDir::new().unwrap();
    let tested = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "--"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, dir.path())
        .output()
        .expect("this test needs unshare: apt-get install util-linux");
    let said = [tested.stdout, tested.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(
        tested.status.success() && said.contains("1 passed"),
        "(needs user namespaces; on Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0)\n{said}"
    );
}

/// Tries each operation in each state without a lockfile, while `fill` leaves room for 0, 1, 2, … more. The operation leaves everything in
/// order each time that it fails, until it succeeds.
fn write_with_little_room(dir: &Path, batch: &str, fill: impl Fn(u64) -> Vec<File>) {
    let free = |state: &&State| matches!(state.beside, Beside::Nothing | Beside::NoDirectory | Beside::SecondLink);
    for (state, operation) in STATES.iter().filter(free).flat_map(|state| Operation::ALL.map(|it| (state, it))) {
        let failures = (0..).take_while(|&room| {
            let step = format!("{operation}, {}, room for {room}", state.name);
            let place = Place::stage_in(dir, state);
            let stages = state.stages(operation, batch);
            let filling = fill(room);
            let result = operation.run(&place.journal, batch);
            drop(filling);
            assert!(place.lockfile().is_none() && place.private_files().is_empty(), "{step}: something is left");
            match &result {
                Ok(_) => place.expect_one_of(&stages[stages.len() - 1..], &step),
                Err(Error::Io { syscall, path, source }) => {
                    place.expect_one_of(&stages[..1], &step);
                    assert_eq!(source.raw_os_error(), Some(libc::ENOSPC), "{step}: {source}");
                    assert!(["mkdir", "open", "write", "link"].contains(syscall), "{step}: {syscall}");
                    assert!(path.starts_with(place.root()), "{step}: {}", path.display());
                }
                Err(other) => panic!("{step}: {other}"),
            }
            promptly(&step, || place.next_writer(&step));
            result.is_err()
        });
        assert!(failures.count() > 0, "{operation}, {}: there was always room", state.name);
    }
}

#[test]
fn a_full_file_system() {
    // The batch is longer than two pages, so that a write can be cut in the middle.
    let batch = format!("new/{}\n", "x".repeat(95)).repeat(100);
    with_small_file_system("scarce::a_full_file_system", "size=256k", |dir| {
        write_with_little_room(dir, &batch, |pages| {
            let filling = tempfile::tempfile_in(dir).unwrap();
            let full = (&filling).write_all(&vec![b'x'; 1 << 20]).unwrap_err();
            assert_eq!(full.kind(), ErrorKind::StorageFull);
            let filled = filling.metadata().unwrap().len();
            filling.set_len(filled - pages * PAGE).unwrap();
            vec![filling]
        });
    });
}

#[test]
fn no_inodes_left() {
    with_small_file_system("scarce::no_inodes_left", "nr_inodes=32", |dir| {
        write_with_little_room(dir, BATCH, |inodes| {
            let mut filling: Vec<_> = std::iter::from_fn(|| tempfile::tempfile_in(dir).ok()).collect();
            for _ in 0..inodes {
                filling.pop().expect("fewer inodes than that in all");
            }
            filling
        });
    });
}

#[test]
fn a_read_only_file_system() {
    with_small_file_system("scarce::a_read_only_file_system", "size=256k", |dir| {
        // A dead native is recognised by its domain, and this file system is of another domain.
        let states = STATES.iter().filter(|state| state.beside != Beside::DeadNative);
        for (state, operation) in states.flat_map(|state| Operation::ALL.map(|it| (state, it))) {
            let step = format!("{operation}, {}", state.name);
            let place = Place::stage_in(dir, state);
            let remount = |how: &str| {
                assert!(Command::new("mount").args(["-o", how]).arg(dir).status().unwrap().success());
            };
            remount("remount,ro");
            let error = operation.run(&place.journal, BATCH).unwrap_err();
            remount("remount,rw");
            let Error::Io { source, .. } = &error else { panic!("{step}: {error}") };
            assert_eq!(source.raw_os_error(), Some(libc::EROFS), "{step}: {error}");
            place.expect_one_of(&state.stages(operation, BATCH)[..1], &step);
            assert!(place.lockfile_is_untouched() && place.private_files().is_empty(), "{step}");
            promptly(&step, || place.next_writer(&step));
        }
    });
}

/// How many descriptors there are besides 0 to 2.
#[test]
fn no_descriptors_left() {
    for (state, operation) in STATES.iter().flat_map(|state| Operation::ALL.map(|it| (state, it))) {
        let failures = (1..).take_while(|more| {
            let step = format!("{operation}, {}, {more} descriptors", state.name);
            let place = Place::stage(state);
            let limit = format!("--nofile={}", 3 + more);
            let output = command(&["prlimit", &limit], place.root(), operation, PATIENT)
                .output()
                .expect("this test needs prlimit: apt-get install util-linux");
            let told = outcomes(std::str::from_utf8(&output.stderr).unwrap());
            let stages = state.stages(operation, BATCH);
            let is_short = match &told[..] {
                [(Outcome::Acknowledged { .. }, _)] => false,
                [(Outcome::Io { syscall, errno: libc::EMFILE, path }, _)] => {
                    let is_known = path.starts_with(place.root()) || path == Path::new(BOOT_ID);
                    assert!(syscall == "open" && is_known, "{step}: {told:?}");
                    true
                }
                _ => panic!("{step}: {told:?}"),
            };
            place.expect_one_of(if is_short { &stages[..1] } else { &stages[stages.len() - 1..] }, &step);
            promptly(&step, || place.next_writer(&step));
            is_short
        });
        assert!(failures.count() > 0, "{operation}, {}: there were enough", state.name);
    }
}
