//! What a power failure may leave of the journal.

use std::collections::HashSet;
use std::fs::{self, File};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::{Duration, SystemTime};

use codegraph_journal::{Contents, Entry, Journal};

use crate::story::{PLACEHOLDER, Story, body};
use crate::writer::Told;

/// What a power failure has left.
#[derive(Debug, Default, Clone, Copy)]
pub struct Remains {
    /// How many acknowledged entries are missing.
    pub lost: usize,
    /// Whether the header is newer than the entries. Readers then don't know that some entries are missing.
    pub ahead: bool,
    /// Whether the last line is only a part of one.
    pub torn: bool,
    /// Whether NULs are in the place of appended bytes. Such a journal reads as invalid.
    pub holes: bool,
}

/// Examines the journal in `root` after the power has failed, and lets the next writer write. The power failed in the middle of the step
/// behind the acknowledged ones.
pub fn examine(root: &Path, story: &mut Story, told: &Told) -> Result<Remains, String> {
    let journal = Journal::for_root(root);
    let text = || fs::read(journal.path()).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let found = text();
    let remains = judge(found.as_deref(), story, told)?;
    // A journal with the placeholder is invalid, and so is one with NULs. No other journal here is.
    let expected = found.as_deref().is_some_and(|found| !remains.holes && !found.starts_with(PLACEHOLDER));
    if journal.read().is_some() != expected {
        return Err(format!("it reads as {}", if expected { "invalid" } else { "valid" }));
    }
    // After a real power failure the lockfile would be old by the time that the machine has started. So it is given such an age.
    let lockfile = journal.path().with_extension("journal.lock");
    if let Ok(lockfile) = File::options().write(true).open(lockfile) {
        lockfile.set_modified(SystemTime::now() - Duration::from_secs(31)).unwrap();
    }
    journal.append(&[Entry::changed("next")]).map_err(|error| format!("the next writer: {error:?}"))?;
    let mut expected = found.unwrap_or_else(|| PLACEHOLDER.to_owned());
    expected += if expected.ends_with('\n') { "next\n" } else { "\nnext\n" };
    let after = text().unwrap_or_default();
    if after != expected {
        return Err(format!("after the next writer: {}", difference(&after, &expected)));
    }
    Ok(remains)
}

/// Judges what was found.
///
/// The journal must be a file that was the journal after the last durable step or later. Such a file must have three things, and nothing
/// else: everything that was in the file after that step, or when the file was put in place; a prefix of what was appended to it since; and
/// one of the headers that it had since.
fn judge(found: Option<&str>, story: &mut Story, told: &Told) -> Result<Remains, String> {
    let acknowledged = told.acknowledged();
    let expected: Vec<_> = story.state(acknowledged).map_or("", body).lines().map(str::to_owned).collect();
    let Some(found) = found else {
        return if told.synced == 0 {
            Ok(Remains { lost: expected.len(), ..Remains::default() })
        } else {
            Err("no journal".to_owned())
        };
    };
    let Some(life) = lives(told).into_iter().find(|life| is_from(found, life, story)) else {
        let state = story.state(acknowledged).unwrap_or_default();
        return Err(format!("{acknowledged} steps, {} synced: {}", told.synced, difference(found, state)));
    };
    let lines: HashSet<_> = body(found).lines().collect();
    // A last step that replaces the journal may have dropped entries.
    let is_replaced = *life.start() > acknowledged;
    let lost = expected.iter().filter(|line| !is_replaced && !lines.contains(line.as_str())).count();
    let holes = found.contains('\0');
    let torn = !holes && !found.ends_with('\n');
    Ok(Remains { lost, ahead: !holes && is_ahead(found, &life, story), torn, holes })
}

/// The files that were the journal since everything was on the disk. Each is given by its steps: from that moment, or from the step that put
/// the file in place, to the last step that wrote to the file. The step that was not acknowledged may have written to the last file, or may
/// have put another one in place.
fn lives(told: &Told) -> Vec<RangeInclusive<usize>> {
    let acknowledged = told.acknowledged();
    let mut lives = vec![acknowledged + 1..=acknowledged + 1];
    let mut end = acknowledged;
    for step in (told.synced.max(1)..=acknowledged).rev() {
        if step == told.synced || step == 1 || told.inodes[step - 2] != told.inodes[step - 1] {
            lives.push(step..=end);
            if end == acknowledged {
                lives.push(step..=end + 1);
            }
            end = step - 1;
        }
    }
    lives
}

/// Whether the journal that was found is that of the first of these steps, with some of what the other steps wrote to it in place.
fn is_from(found: &str, steps: &RangeInclusive<usize>, story: &mut Story) -> bool {
    let mut states: Vec<_> = steps.clone().map(|step| story.state(step).unwrap().to_owned()).collect();
    let (least, most) = (body(&states[0]), body(&states[states.len() - 1]));
    let is_between = body(found).starts_with(least) && is_prefix_with_holes(body(found), most);
    // While the high digits change, the low ones are cleared.
    let cleared =
        states[1..].iter().chain(&states[..states.len() - 1]).map(|state| cleared(header(state))).collect::<Vec<_>>();
    states.extend(cleared);
    is_between && states.iter().any(|state| header(state) == header(found))
}

fn difference(found: &str, expected: &str) -> String {
    let same = found.bytes().zip(expected.bytes()).take_while(|(found, expected)| found == expected).count();
    let [found, expected] = [found, expected].map(|text| {
        let rest = String::from_utf8_lossy(&text.as_bytes()[same..text.len().min(same + 60)]).into_owned();
        format!("{rest:?} of {} bytes", text.len())
    });
    format!("from byte {same} on it is {found}, not {expected}")
}

fn is_prefix_with_holes(found: &str, most: &str) -> bool {
    found.len() <= most.len() && found.bytes().zip(most.bytes()).all(|(found, byte)| found == byte || found == 0)
}

/// The first line of a journal.
fn header(state: &str) -> &str {
    &state[..state.len() - body(state).len()]
}

fn cleared(header: &str) -> String {
    match header.strip_suffix('\n') {
        Some(line) if line.len() == "# codegraph-journal v1 1700000000000".len() => {
            format!("{}0000\n", &line[..line.len() - 4])
        }
        _ => header.to_owned(),
    }
}

/// Whether the header promises entries that are not in the journal: those of the last stamp that is not newer than the header.
fn is_ahead(found: &str, life: &RangeInclusive<usize>, story: &mut Story) -> bool {
    let time =
        |text: &str| Contents::parse(text.as_bytes().to_vec()).map_or(0.0, |contents| contents.timestamp().millis());
    let mut promised: Option<(f64, String)> = None;
    for step in life.clone() {
        let state = story.state(step).unwrap();
        let stamp = time(state);
        if stamp <= time(found) && promised.as_ref().is_none_or(|(last, _)| stamp > *last) {
            promised = Some((stamp, state.to_owned()));
        }
    }
    promised.is_some_and(|(_, state)| !body(found).starts_with(body(&state)))
}
