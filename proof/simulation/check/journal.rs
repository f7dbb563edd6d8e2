//! What happens to the journal: no acknowledged entry is lost, readers find whole names, and no time is newer than the stamps.

use std::collections::BTreeSet;

use super::{Call, Check, Deed, Entry, Kin, Member};
use crate::simulation::world::{DIR, World};

impl Check {
    /// What a reader has found.
    pub fn read(&mut self, who: usize, time: u64, found: &[String]) {
        let odd = found.iter().find(|name| !self.entries.contains_key(*name)).cloned();
        if let Some(odd) = odd {
            let torn = [
                "a JS writer tears or glues a line",
                "an error has cut a write",
                "a native that stood still, and lost its lock, has torn a line, or made another tear one",
            ];
            if torn.iter().any(|exception| self.excused.contains_key(exception)) {
                return;
            }
            self.broke("readers find whole names", format!("reader {who} has found {odd:?}"));
        }
        self.check_time(time);
    }

    pub(super) fn check_time(&mut self, time: u64) {
        if time > self.highest {
            let highest = self.highest;
            self.broke("no time newer than the stamps", format!("{time}, and the newest stamp was {highest}"));
        }
    }

    pub(super) fn look_at_staged(&mut self, world: &World, who: usize) {
        let dir = world.paths.get(DIR).copied();
        let staged = dir.and_then(|dir| world.lookup(dir, "changes.journal.tmp").ok());
        if let Some((ino, maker)) = self.staged_by
            && staged != Some(ino)
            && self.kin(who) == Kin::Native
            && !self.members[maker].dead
            && self.members[maker].call.is_some()
        {
            self.broke(
                "what a living JS writer is about to rename stays",
                "changes.journal.tmp was removed".to_owned(),
            );
        }
        self.staged_by = match (staged, self.staged_by) {
            (Some(ino), Some((same, maker))) if ino == same => Some((ino, maker)),
            (Some(ino), _) => Some((ino, who)),
            (None, _) => None,
        };
    }

    pub(super) fn look_at_journal(&mut self, world: &World, who: usize) {
        let after = world.contents("changes.journal").map(|inode| &inode.bytes);
        if after == self.journal.as_ref() {
            return;
        }
        let after = after.cloned();
        let before = std::mem::replace(&mut self.journal, after.clone()).unwrap_or_default();
        let after = after.unwrap_or_default();
        let (old, new): (BTreeSet<_>, BTreeSet<_>) = (names(&before).collect(), names(&after).collect());
        let call = self.members.get(who).and_then(|member| member.call.clone());
        for name in old.difference(&new) {
            let verdict = self.drop_verdict(who, call.as_ref(), &before, name);
            let excused = verdict.as_ref().is_err_and(String::is_empty);
            let Some(entry) = self.entries.get_mut(name) else { continue };
            entry.is_there = false;
            let acknowledged = entry.acknowledged;
            entry.dropped = Some(if excused { Ok(()) } else { verdict.clone() });
            if let (Err(why), true, false) = (verdict, acknowledged, excused) {
                self.broke("an acknowledged entry stays", format!("{name}: {why}"));
            }
        }
        for name in new.difference(&old) {
            let kin = self.kin(who);
            let is_holder = self.is_holder(who);
            let stood_still = self.stood_still;
            let is_disturbed = self.members.get(who).is_some_and(|member| member.disturbed);
            let is_unsafe = kin == Kin::Js && !is_holder;
            match self.entries.get_mut(name) {
                Some(entry) => {
                    entry.is_unsafe = is_unsafe;
                    entry.is_there = true;
                    entry.dropped = None;
                }
                None if kin == Kin::Native && stood_still => {
                    self.glued(
                        name,
                        "a native that stood still, and lost its lock, has torn a line, or made another tear one",
                    );
                }
                None if is_disturbed => self.glued(name, "an error has cut a write"),
                None if matches!(kin, Kin::Js | Kin::Engine) => self.glued(name, "a JS writer tears or glues a line"),
                None => self.broke("readers find whole names", format!("{name:?} is in the journal, and nobody's")),
            }
        }
        if let (Some(Call { deed: Deed::Checkpoint(_, Some(position)), .. }), true) =
            (&call, self.kin(who) == Kin::Native)
            && marks(&before, position)
            && !marks(&after, position)
        {
            self.entries.insert(dropped_mark(who, position), Entry::default());
        }
        if let Some(time) = stamp(&after) {
            if time > self.highest && self.stood_still && self.kin(who) == Kin::Native {
                self.excuse(
                    "a native that stood still, and lost its lock, has mixed its time with another's for an instant",
                );
            } else {
                self.check_time(time);
            }
            if let Some(call) = call.filter(|call| {
                self.kin(who) == Kin::Native && call.deed == Deed::Stamp(time) && stamp(&before) != Some(time)
            }) {
                let missing = call.names.iter().find(|name| {
                    let entry = &self.entries[*name];
                    !entry.is_there && !matches!(entry.dropped, Some(Ok(())))
                });
                if let Some(name) = missing.cloned() {
                    self.broke("no time before the entries up to it", format!("{time} was there before {name}"));
                }
            }
        }
    }

    /// A line that is nobody's name, by an exception. Others may carry it on.
    pub(super) fn glued(&mut self, name: &str, exception: &'static str) {
        self.entries.insert(name.to_owned(), Entry { is_there: true, ..Entry::default() });
        self.excuse(exception);
    }

    /// Whether this drop is one that the promise allows; an empty reason for one that is an exception told in the documents.
    pub(super) fn drop_verdict(
        &mut self,
        who: usize,
        call: Option<&Call>,
        before: &[u8],
        name: &str,
    ) -> Result<(), String> {
        let kin = self.kin(who);
        let Some(call) = call else {
            return if kin == Kin::Mover { Ok(()) } else { Err("somebody dropped it outside any call".to_owned()) };
        };
        if matches!(kin, Kin::Mover | Kin::Engine) {
            return Ok(());
        }
        if kin == Kin::Js && call.deed == Deed::Append && !before.ends_with(b"\n") {
            self.excuse("a JS writer tears or glues a line");
            return Err(String::new());
        }
        if kin == Kin::Js && (call.is_blind || call.disturbed) {
            self.excuse("a JS writer that can't read the journal drops its entries");
            return Err(String::new());
        }
        let reads_before = match &call.deed {
            Deed::Reset(_) => true,
            Deed::Checkpoint(_, Some(position)) => {
                let mark = format!("# position {position}\n");
                let text = String::from_utf8_lossy(before);
                text.find(&mark).is_some_and(|at| !names(text[at..].as_bytes()).any(|later| later == name))
            }
            _ => false,
        };
        if kin == Kin::Js && self.members.iter().any(|member| member.kin == Kin::Engine) {
            self.excuse("a JS writer and the engine write under one name before they rename");
            return Err(String::new());
        }
        let is_robbed = |(other, member): (usize, &Member)| {
            other != who
                && member.kin == Kin::Js
                && !self.is_holder(other)
                && member.call.as_ref().is_some_and(|call| call.had_lock)
        };
        if kin == Kin::Js && self.members.iter().enumerate().any(is_robbed) {
            self.excuse("two JS writers were inside");
            return Err(String::new());
        }
        if self.entries.get(name).is_some_and(|entry| entry.is_unsafe) {
            self.excuse("an entry was dropped that a JS writer wrote when it had lost its lock");
            return Err(String::new());
        }
        if self.is_holder(who) {
            return if reads_before {
                Ok(())
            } else {
                Err(format!("{who}, who had the lock, dropped it by {:?}", call.deed))
            };
        }
        if kin == Kin::Js {
            self.excuse("a JS writer that had lost its lock dropped entries");
            return Err(String::new());
        }
        // It drops what it may drop; whoever has taken its lock has not begun to write, or has written only later entries.
        let was_known = self.entries.get(name).is_some_and(|entry| entry.acknowledged_at < call.begun);
        // What stands before a checkpoint's mark was there when the build read.
        if reads_before && (was_known || matches!(call.deed, Deed::Checkpoint(..))) {
            return Ok(());
        }
        if call.lost_to_js {
            self.excuse("a JS writer stole a lock in use, and its owner replaced the journal at that moment");
            return Err(String::new());
        }
        Err(format!("{who}, who had lost the lock, dropped it by {:?}", call.deed))
    }
}

pub(super) fn dropped_mark(who: usize, position: &str) -> String {
    format!("\0{who} dropped {position}")
}

fn marks(journal: &[u8], position: &str) -> bool {
    String::from_utf8_lossy(journal).contains(&format!("# position {position}\n"))
}

/// The names that a reader finds.
pub(super) fn names(journal: &[u8]) -> impl Iterator<Item = String> {
    let text = String::from_utf8_lossy(journal);
    let lines: Vec<_> = text.split('\n').skip(1).map(|line| line.trim().to_owned()).collect();
    lines.into_iter().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The time that a reader finds, if there is one.
pub(super) fn stamp(journal: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(journal);
    text.split('\n').next()?.strip_prefix("# codegraph-journal v1 ")?.trim().parse().ok()
}
