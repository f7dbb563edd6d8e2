//! What comes after a power failure: a build reads the journal, or the watcher writes to it first.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use codegraph_journal::{Entry, Journal};

use crate::original::{Original, beside};
use crate::remains::{difference, is_headerless};
use crate::story::{PLACEHOLDER, Step, Story, body, header_of};
use crate::writer::Told;

/// How many acknowledged entries a build misses. A build that finds the journal invalid looks at all files, and misses nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Missed {
    /// If the build comes first.
    pub at_once: usize,
    /// If the watcher comes first: if it stamps, or appends and then stamps. A stamp makes most invalid journals valid.
    pub after_stamp: usize,
    /// Whether the journal had no header: the file was empty, or began with NULs.
    pub headerless: bool,
}

/// The name that the next writer writes.
const NEXT: &str = "next";

/// Lets a build read, and the watcher write, what was found of the journal. `expected` has all acknowledged entries. Those that were on the disk
/// may never be missed, and they are `promised`.
pub fn ours(
    journal: &Journal,
    found: Option<&str>,
    expected: &[String],
    promised: &[String],
    number: usize,
) -> Result<Missed, String> {
    let missed = |journal: &Journal| {
        let Some(contents) = journal.read() else { return Ok(0) };
        let names: HashSet<_> = contents.changed().collect();
        match promised.iter().find(|line| !names.contains(line.as_str())) {
            Some(line) => Err(format!("a build misses {line:?}, which was on the disk")),
            None => Ok(missing(expected, &names)),
        }
    };
    let at_once = missed(journal)?;

    // On a copy: the watcher's stamp.
    let copy = Journal::in_dir(journal.path().with_file_name("stamped"));
    if let Some(found) = found {
        fs::create_dir(copy.path().parent().unwrap()).unwrap();
        fs::write(copy.path(), found).unwrap();
    }
    stamp(&copy, found.unwrap_or_default(), number)?;
    let stamped = missed(&copy)?;

    // On the journal itself: an append, and a stamp behind it.
    // After a real power failure the lockfile would be old by the time that the machine has started. So it is given such an age.
    if let Ok(lockfile) = File::options().write(true).open(journal.path().with_extension("journal.lock")) {
        lockfile.set_modified(SystemTime::now() - Duration::from_secs(31)).unwrap();
    }
    journal.append(&[Entry::changed(NEXT)]).map_err(|error| format!("the next writer: {error:?}"))?;
    let appended = with_next(found.filter(|found| !found.is_empty()).unwrap_or(PLACEHOLDER));
    is(journal, &appended)?;
    stamp(journal, &appended, number)?;
    let after_stamp = stamped.max(missed(journal)?);
    Ok(Missed { at_once, after_stamp, headerless: found.is_some_and(is_headerless) })
}

/// Stamps a journal, with an entry, and checks what is in the journal then.
fn stamp(journal: &Journal, before: &str, number: usize) -> Result<(), String> {
    let step = Step::Stamp(vec![NEXT.to_owned()]);
    step.run(journal, number).map_err(|error| format!("the next stamp: {error:?}"))?;
    is(journal, &with_next(&(header_of(number) + body(before))))
}

fn with_next(text: &str) -> String {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}{NEXT}\n")
}

fn is(journal: &Journal, expected: &str) -> Result<(), String> {
    let found = text(journal.path()).unwrap_or_default();
    if found == expected { Ok(()) } else { Err(format!("after the next writer: {}", difference(&found, expected))) }
}

fn missing(expected: &[String], names: &HashSet<&str>) -> usize {
    expected.iter().filter(|line| !names.contains(line.as_str())).count()
}

pub fn text(path: &Path) -> Option<String> {
    fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The same of the JS module's journal, which the module itself reads and stamps. `None` if the two journals can't be compared: the module has
/// not done the writer's last step yet, or was to reset its journal next. In that case nobody can know what a build misses, and what was dropped.
pub fn theirs(root: &Path, story: &mut Story, told: &Told) -> Option<Missed> {
    if told.played < told.acknowledged() || matches!(story.step(told.played + 1), Step::Reset) {
        return None;
    }
    let root = beside(root);
    let headerless = text(Journal::for_root(&root).path()).is_some_and(|found| is_headerless(&found));
    let expected: Vec<_> = story.lines(told.played);
    let mut original = Original::start(&root);
    let mut missed = || {
        let names = original.read().unwrap();
        let missed =
            names.map_or(0, |names| missing(&expected, &names.iter().map(String::as_str).collect::<HashSet<_>>()));
        original.run(&Step::Stamp(vec![NEXT.to_owned()]), told.played + 2).unwrap();
        missed
    };
    Some(Missed { at_once: missed(), after_stamp: missed(), headerless })
}
