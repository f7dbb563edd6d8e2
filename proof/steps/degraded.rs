//! The system offers some of the writers no kernel lock, no hard links, no renames that replace nothing, or several of these not. Several
//! writers at once still lose nothing.

use std::process::Stdio;
use std::time::Duration;

use crate::place::{Place, STATES};
use crate::strace::expect_strace;
use crate::writer::{Operation, Outcome, SEVERAL, entry, outcomes, several};

/// Enough time for all writers to have their turns, each with its settling.
const PATIENT: Duration = Duration::from_secs(30);

#[test]
fn without_a_kernel_lock() {
    write_together(&["flock:error=ENOLCK"], "{NoKernelLock}");
    write_together(&["flock:error=EACCES"], "{NoKernelLock}");
}

#[test]
fn without_hard_links() {
    write_together(&["linkat:error=EPERM"], "{NoHardLinks}");
    write_together(&["linkat:error=EIO"], "{NoHardLinks}");
}

#[test]
fn without_a_rename_that_replaces_nothing_either() {
    write_together(&["linkat,renameat2:error=EINVAL"], "{NoHardLinks, NoPublishing}");
}

#[test]
fn without_knowing_the_file_system() {
    write_together(&["fstatfs:error=ENOSYS"], "{NotLocal}");
}

#[test]
fn without_a_kernel_lock_and_hard_links() {
    write_together(&["flock:error=ENOLCK", "linkat:error=EPERM"], "{NoKernelLock, NoHardLinks}");
    write_together(
        &["flock:error=ENOLCK", "linkat,renameat2:error=EPERM"],
        "{NoKernelLock, NoHardLinks, NoPublishing}",
    );
}

/// Three writers that meet these faults at every such call, and one writer that meets none.
fn write_together(faults: &[&str], degraded: &str) {
    let place = Place::stage(&STATES[2]);
    let faults: Vec<_> = faults.iter().map(|fault| format!("inject={fault}")).collect();
    let mut tracer =
        vec!["strace", "-f", "--seccomp-bpf", "-e", "trace=flock,linkat,renameat2,fstatfs", "-o", "/dev/null"];
    tracer.extend(faults.iter().flat_map(|fault| ["-e", fault]));
    let start = |number: usize| {
        let tracer = if number == 0 { &[][..] } else { &tracer };
        let operation = [Operation::Append, Operation::AppendAndStamp][number % 2];
        let mut writer = several(tracer, place.root(), operation, PATIENT, &number.to_string());
        expect_strace(writer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn())
    };
    let writers: Vec<_> = (0..4).map(start).collect();
    for (number, writer) in writers.into_iter().enumerate() {
        let output = writer.wait_with_output().unwrap();
        let told = outcomes(std::str::from_utf8(&output.stderr).unwrap());
        let degraded = if number == 0 { "{}" } else { degraded };
        // Nobody died, so nobody may have been taken for dead.
        let expected = Outcome::Acknowledged { degraded: degraded.to_owned(), takeovers: 0 };
        assert!(told.iter().all(|(outcome, _)| *outcome == expected), "{faults:?}, writer {number}: {told:?}");
        assert_eq!(told.len(), SEVERAL, "{faults:?}, writer {number}");
    }
    let contents = place.journal.read().unwrap();
    let found: Vec<_> = contents.changed().collect();
    let written = (0..4).flat_map(|writer| (0..SEVERAL).map(move |number| entry(&writer.to_string(), number)));
    let lost: Vec<_> = written.filter(|entry| !found.contains(&entry.as_str())).collect();
    assert!(lost.is_empty(), "{faults:?}: lost {lost:?}");
    assert!(place.lockfile().is_none() && place.private_files().is_empty(), "{faults:?}: something is left");
}
