//! What a power failure may leave of the journal.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::path::Path;

use codegraph_journal::{Contents, Journal};

use crate::next::{self, Missed, text};
use crate::story::{PLACEHOLDER, Step, Story, body};
use crate::writer::{Durable, Told};

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
    /// What a build misses.
    pub ours: Missed,
    /// What a build misses of the JS module's journal, if that module has played too.
    pub theirs: Option<Missed>,
}

/// Examines the journal in `root` after the power has failed, and lets the next writers write. The power failed in the middle of the step
/// behind the acknowledged ones.
pub fn examine(root: &Path, story: &mut Story, told: &Told, durable: Durable) -> Result<Remains, String> {
    let journal = Journal::for_root(root);
    let found = text(journal.path());
    let (mut remains, expected) = judge(found.as_deref(), story, told, durable)?;
    // A journal with the placeholder is invalid, and so is one with NULs, or without anything. No other journal here is.
    let is_valid = |found: &str| !remains.holes && !is_headerless(found) && !found.starts_with(PLACEHOLDER);
    let expected_valid = found.as_deref().is_some_and(is_valid);
    if journal.read().is_some() != expected_valid {
        return Err(format!("it reads as {}", if expected_valid { "invalid" } else { "valid" }));
    }
    let synced = story.lines(told.synced);
    let promised: Vec<_> = expected.iter().filter(|line| synced.contains(line)).cloned().collect();
    remains.ours = next::ours(&journal, found.as_deref(), &expected, &promised, told.acknowledged() + 2)?;
    if durable == Durable::Never {
        remains.theirs = next::theirs(root, story, told);
    }
    Ok(remains)
}

/// Judges what was found. Returns also the acknowledged entries that no reset was to drop.
///
/// The journal must be a file that was the journal after the last durable step or later. Such a file must have three things, and nothing
/// else: everything that was in the file after that step, or when the file was put in place; a prefix of what was appended to it since; and
/// one of the headers that it had since. The file of a reset that was not durable may also have nothing of its first page.
fn judge(
    found: Option<&str>,
    story: &mut Story,
    told: &Told,
    durable: Durable,
) -> Result<(Remains, Vec<String>), String> {
    let acknowledged = told.acknowledged();
    let expected = story.lines(acknowledged);
    let Some(found) = found else {
        return if told.synced == 0 {
            Ok((Remains { lost: expected.len(), ..Remains::default() }, expected))
        } else {
            Err("no journal".to_owned())
        };
    };
    let is_it = |life: &RangeInclusive<usize>| {
        let start = *life.start();
        let is_unsynced = start > told.synced && !durable.is(start) && matches!(story.step(start), Step::Reset);
        is_from(found, life, story) || is_unsynced && is_rest_of(found, life, story)
    };
    let Some(life) = lives(told).into_iter().find(is_it) else {
        let state = story.state(acknowledged).unwrap_or_default();
        return Err(format!("{acknowledged} steps, {} synced: {}", told.synced, difference(found, state)));
    };
    // A last step that replaces the journal may have dropped entries.
    let expected = if *life.start() > acknowledged { Vec::new() } else { expected };
    let lines: HashSet<_> = body(found).lines().collect();
    let lost = expected.iter().filter(|line| !lines.contains(line.as_str())).count();
    let holes = found.contains('\0');
    let torn = !holes && !found.is_empty() && !found.ends_with('\n');
    Ok((Remains { lost, ahead: !holes && is_ahead(found, &life, story), torn, holes, ..Remains::default() }, expected))
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

/// Whether the journal that was found is that of the first of these steps without the first page.
fn is_rest_of(found: &str, steps: &RangeInclusive<usize>, story: &mut Story) -> bool {
    is_headerless(found) && is_prefix_with_holes(found, story.state(*steps.end()).unwrap())
}

/// Whether there is nothing in the place of the header.
pub fn is_headerless(found: &str) -> bool {
    found.bytes().take(PLACEHOLDER.len()).all(|byte| byte == 0)
}

pub fn difference(found: &str, expected: &str) -> String {
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
