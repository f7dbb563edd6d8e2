//! The promises, checked after each call.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash};

use super::world::{DIR, Ino, World};

const SECOND: u64 = 1_000_000_000;

/// Longer than a pause between two tries.
const AT_ONCE: u64 = 10_000_000;

/// What a writer does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Deed {
    Append,
    Stamp(u64),
    Reset(u64),
    Mark,
    Checkpoint(u64, Option<String>),
    Read,
    /// Removes, moves or copies the directory.
    Move,
}

impl Deed {
    fn time(&self) -> Option<u64> {
        match self {
            Self::Stamp(time) | Self::Reset(time) | Self::Checkpoint(time, _) => Some(*time),
            Self::Append | Self::Mark | Self::Read | Self::Move => None,
        }
    }
}

/// How a deed ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Acknowledged,
    /// The JS module has warned and returned.
    Warned,
    TimedOut,
    /// An I/O error.
    Failed(String),
}

/// Which software a player is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kin {
    Native,
    Js,
    /// codegraph's engine, which takes no lock.
    Engine,
    Mover,
}

/// One call of a player.
#[derive(Debug, Clone)]
struct Call {
    deed: Deed,
    names: Vec<String>,
    /// When it began, by the number of changes seen.
    begun: u64,
    /// The same by the monotonic clock.
    begun_at: u64,
    /// Whether the writer may not read the journal.
    is_blind: bool,
    /// The nonces that it has drawn.
    nonces: Vec<u64>,
    /// Whether it had the lock at some time.
    had_lock: bool,
    /// Whether a JS writer has taken it away.
    lost_to_js: bool,
    /// Whether an error was made up for it.
    disturbed: bool,
    /// How long the player has stood still in it.
    stalled: u64,
}

/// Where an entry is.
#[derive(Debug, Clone, Default)]
struct Entry {
    is_there: bool,
    /// Whether a JS writer has written it that had lost its lock.
    is_unsafe: bool,
    acknowledged: bool,
    /// By the number of changes seen.
    acknowledged_at: u64,
    /// Whether it was dropped as it may be.
    dropped: Option<Result<(), String>>,
}

#[derive(Debug, Clone)]
struct Member {
    kin: Kin,
    call: Option<Call>,
    dead: bool,
    /// Whether a call of it failed that was made to fail. It may have left its lockfile then, alive.
    disturbed: bool,
    /// What it has read last in the lockfile.
    judged: Vec<u8>,
    /// Whether the lockfile was stale, whoever asks, when it looked at that file's times.
    judged_stale: bool,
    /// When it made its last call, or woke up; 0 while it sleeps.
    last: u64,
    /// How many calls it has made, without sleeps.
    calls: u64,
    /// What had changed when it made its last call, by the number of changes.
    seen: u64,
}

/// Who has the lock, as the lockfile tells.
#[derive(Debug, Clone, Default)]
struct Held {
    ino: Option<Ino>,
    text: Vec<u8>,
    owner: Option<usize>,
    since: u64,
    /// The file's own time.
    modified: u64,
    /// When it got this owner, by the number of changes.
    taken_at: u64,
    /// How many calls its owner had made by then.
    calls: u64,
}

/// What is known of a run, and the first promise that it broke.
#[derive(Debug, Clone)]
pub struct Check {
    members: Vec<Member>,
    entries: BTreeMap<String, Entry>,
    nonces: HashMap<u64, usize>,
    journal: Option<Vec<u8>>,
    held: Held,
    /// Who has made the file `changes.journal.tmp`.
    staged_by: Option<(Ino, usize)>,
    highest: u64,
    seen: u64,
    now: u64,
    /// When somebody alive had the lock last.
    pub busy: u64,
    /// Within what time a lock is had that nobody alive holds.
    pub patience: u64,
    pub is_sticky: bool,
    /// Whether somebody has stood still for 29 s inside a call.
    stood_still: bool,
    pub clock_is_set: bool,
    /// Whether the players are in several PID namespaces.
    pub other_namespaces: bool,
    /// Whether all see one local file system alike, so that a dead native writer's lock is free at once.
    pub is_plain: bool,
    /// How much longer than asked a sleep takes.
    pub slack: u64,
    pub broken: Option<(&'static str, String)>,
    /// What was seen of the exceptions that the documents tell, by their names.
    pub excused: BTreeMap<&'static str, u64>,
}

impl Check {
    pub fn new(kin: &[Kin], patience: u64) -> Self {
        let member = |&kin: &Kin| Member {
            kin,
            call: None,
            dead: false,
            disturbed: false,
            judged: Vec::new(),
            judged_stale: false,
            last: 0,
            calls: 0,
            seen: 0,
        };
        Self {
            members: kin.iter().map(member).collect(),
            entries: BTreeMap::new(),
            nonces: HashMap::new(),
            journal: None,
            held: Held::default(),
            staged_by: None,
            highest: 0,
            seen: 0,
            now: 0,
            busy: 0,
            patience,
            other_namespaces: false,
            is_plain: false,
            slack: 0,
            is_sticky: false,
            stood_still: false,
            clock_is_set: false,
            broken: None,
            excused: BTreeMap::new(),
        }
    }

    pub fn broke(&mut self, promise: &'static str, what: String) {
        self.broken.get_or_insert((promise, what));
    }

    fn excuse(&mut self, exception: &'static str) {
        *self.excused.entry(exception).or_default() += 1;
    }

    /// What was in the journal, and up to which time, before anybody came.
    pub fn begin(&mut self, world: &World) {
        self.journal = world.contents("changes.journal").map(|inode| inode.bytes.clone());
        self.highest = self.journal.as_deref().map_or(0, |bytes| stamp(bytes).unwrap_or(0));
        for name in names(self.journal.as_deref().unwrap_or_default()) {
            self.entries.insert(name, Entry { is_there: true, acknowledged: true, ..Entry::default() });
        }
        self.look_at_lock(world, usize::MAX);
        self.busy = world.now;
    }

    pub fn drew(&mut self, who: usize, nonce: u64) {
        self.nonces.insert(nonce, who);
        if let Some(call) = &mut self.members[who].call {
            call.nonces.push(nonce);
        }
    }

    pub fn killed(&mut self, who: usize, now: u64) {
        self.members[who].dead = true;
        if self.is_holder(who) {
            self.busy = now;
        }
    }

    pub fn stalled(&mut self, who: usize, nanos: u64) {
        if let Some(call) = &mut self.members[who].call {
            call.stalled = call.stalled.max(nanos);
        }
    }

    /// The player makes a call, or wakes up. Until now it may have stood still, because nobody chose it.
    pub fn goes_on(&mut self, who: usize, call: &str, now: u64) {
        self.members[who].calls += u64::from(call != "sleep");
        let last = std::mem::replace(&mut self.members[who].last, now);
        if let Some(call) = self.members[who].call.as_mut().filter(|_| last > 0) {
            call.stalled = call.stalled.max(now - last);
            self.stood_still |= call.stalled > 29 * SECOND;
        }
    }

    /// It begins to sleep: what passes until it wakes up is its own will.
    pub fn sleeps(&mut self, who: usize) {
        self.members[who].last = 0;
    }

    /// It has read this in a file.
    pub fn looked(&mut self, who: usize, ino: Ino, bytes: &[u8]) {
        if self.held.ino == Some(ino) {
            self.members[who].judged = bytes.to_vec();
        }
    }

    /// It looks at the times of a file.
    pub fn judges(&mut self, who: usize, ino: Ino, wall: u64) {
        if self.held.ino == Some(ino) {
            let is_old = wall.saturating_sub(self.held.modified) > 30 * SECOND;
            self.members[who].judged_stale =
                is_old || self.held.owner.is_none_or(|owner| !self.is_at_work(owner, &self.held.text));
        }
    }

    /// Whether the one that has the lock by this claim lives, and is still in that call.
    fn is_at_work(&self, who: usize, claim: &[u8]) -> bool {
        let member = &self.members[who];
        // A call that failed may have left its lockfile, and the writer be at its next one.
        let nonce = owner(claim);
        let is_by_this_call = |call: &Call| nonce.is_some_and(|nonce| call.nonces.contains(&nonce));
        // A JS writer that could not read its own lockfile does not know that it has the lock.
        let knows = |call: &Call| member.kin == Kin::Native || !call.disturbed;
        !member.dead && member.call.as_ref().is_some_and(|call| is_by_this_call(call) && knows(call))
    }

    pub fn disturbed(&mut self, who: usize) {
        self.members[who].disturbed = true;
        if let Some(call) = &mut self.members[who].call {
            call.disturbed = true;
        }
    }

    pub fn begun(&mut self, who: usize, deed: Deed, names: Vec<String>, now: u64) {
        if let Deed::Checkpoint(_, Some(position)) = &deed {
            self.entries.remove(&dropped_mark(who, position));
        }
        self.highest = self.highest.max(deed.time().unwrap_or(0));
        for name in &names {
            self.entries.entry(name.clone()).or_default();
        }
        self.members[who].call = Some(Call {
            deed,
            names,
            begun: self.seen + 1,
            begun_at: now,
            is_blind: false,
            nonces: Vec::new(),
            had_lock: false,
            lost_to_js: false,
            disturbed: false,
            stalled: 0,
        });
    }

    pub fn ended(&mut self, who: usize, end: &End, fitted: Option<bool>, now: u64) {
        let Some(call) = self.members[who].call.take() else { return };
        match end {
            End::Acknowledged => {
                for name in &call.names {
                    let entry = self.entries.get_mut(name).expect("a name that was begun");
                    entry.acknowledged = true;
                    entry.acknowledged_at = self.seen;
                    let entry = entry.clone();
                    match (entry.is_there, &entry.dropped) {
                        (true, _) | (false, Some(Ok(()))) => {}
                        (false, Some(Err(why))) => {
                            let what = format!("{name} was acknowledged, but {why}");
                            self.broke("an acknowledged entry stays", what);
                        }
                        (false, None) if self.members[who].kin == Kin::Js => {
                            self.excuse("a JS writer tears or glues a line")
                        }
                        (false, None) => {
                            let what = format!("{name} was acknowledged, and never was in the journal");
                            self.broke("an acknowledged entry stays", what);
                        }
                    }
                }
                if let (Deed::Checkpoint(_, Some(position)), Some(false)) = (&call.deed, fitted)
                    && self.entries.contains_key(&dropped_mark(who, position))
                {
                    self.broke(
                        "a checkpoint tells whether it has dropped",
                        format!("position {position} was dropped by it"),
                    );
                }
            }
            End::TimedOut if self.members[who].kin == Kin::Native => {
                let idle = now.saturating_sub(self.busy);
                // One that stood still itself has not looked.
                if idle > self.patience && call.stalled == 0 {
                    let what = format!("nobody alive had it for {:.1} s", idle as f64 / 1e9);
                    self.broke("a lock that nobody alive holds is had in time", what);
                }
            }
            // The original can't replace another user's journal in a sticky directory either.
            End::Failed(error) if self.is_sticky && error.starts_with("rename") => {
                self.excuse("a sticky directory keeps a journal")
            }
            End::Failed(error) if self.members[who].kin == Kin::Native && !call.disturbed => {
                self.broke("a step that the original does not need is never the reason for a failure", error.clone());
            }
            End::Warned | End::TimedOut | End::Failed(_) => {}
        }
    }

    pub fn refused_to_read(&mut self, who: usize) {
        if let Some(call) = &mut self.members[who].call {
            call.is_blind = true;
        }
    }

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

    fn check_time(&mut self, time: u64) {
        if time > self.highest {
            let highest = self.highest;
            self.broke("no time newer than the stamps", format!("{time}, and the newest stamp was {highest}"));
        }
    }

    /// Looks at what the call of `who` has changed.
    pub fn look(&mut self, world: &World, who: usize) {
        self.now = world.now;
        if world.changes != self.seen {
            self.seen = world.changes;
            self.look_at_staged(world, who);
            self.look_at_journal(world, who);
            self.look_at_lock(world, who);
        }
        let young = self.now - self.held.since <= 31 * SECOND;
        let is_busy = match (self.held.ino, self.held.owner) {
            (None, _) => false,
            (Some(_), Some(owner)) => {
                let owner = &self.members[owner];
                // A copy of the directory has the lockfile of a writer that lives and writes elsewhere.
                let is_copied = self.members.iter().any(|member| member.kin == Kin::Mover);
                !owner.dead && (owner.call.is_some() || owner.disturbed || is_copied) && young
            }
            // Just made, or nobody's: it has its grace.
            (Some(_), None) => self.now - self.held.since <= 600_000_000,
        };
        if is_busy {
            self.busy = self.now;
        }
        if let Some(member) = self.members.get_mut(who) {
            member.seen = self.seen;
        }
    }

    fn kin(&self, who: usize) -> Kin {
        self.members.get(who).map_or(Kin::Mover, |member| member.kin)
    }

    fn is_holder(&self, who: usize) -> bool {
        self.held.owner == Some(who)
    }

    fn look_at_staged(&mut self, world: &World, who: usize) {
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

    fn look_at_journal(&mut self, world: &World, who: usize) {
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
            let excused = verdict.as_ref().is_err_and(|why| why.is_empty());
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
    fn glued(&mut self, name: &str, exception: &'static str) {
        self.entries.insert(name.to_owned(), Entry { is_there: true, ..Entry::default() });
        self.excuse(exception);
    }

    /// Whether this drop is one that the promise allows; an empty reason for one that is an exception told in the documents.
    fn drop_verdict(&mut self, who: usize, call: Option<&Call>, before: &[u8], name: &str) -> Result<(), String> {
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

    fn look_at_lock(&mut self, world: &World, who: usize) {
        let ino = world.paths.get(DIR).and_then(|&dir| world.lookup(dir, "changes.journal.lock").ok());
        let text = ino.map(|ino| world.inodes[&ino].bytes.clone()).unwrap_or_default();
        if ino == self.held.ino && text == self.held.text {
            return;
        }
        let owner = owner(&text).and_then(|nonce| self.nonces.get(&nonce).copied());
        let before = self.held.clone();
        if let Some(victim) = before.owner.filter(|&victim| victim != who && owner != Some(victim)) {
            self.stolen(world, who, victim, &before);
        }
        let is_new = owner != before.owner || ino != before.ino;
        if is_new {
            self.held.since = world.now;
            if owner == Some(who) {
                self.in_time(who, &before);
            }
        }
        if let Some(call) = owner.and_then(|owner| self.members[owner].call.as_mut()) {
            call.had_lock = true;
        }
        let modified = ino.map_or(0, |ino| world.inodes[&ino].modified);
        let (taken_at, calls) = if is_new {
            (self.seen, owner.map_or(0, |owner| self.members[owner].calls))
        } else {
            (before.taken_at, before.calls)
        };
        self.held = Held { ino, text, owner, since: self.held.since, modified, taken_at, calls };
    }

    /// Whether a native writer that has the kernel lock has taken the lock of a dead one at once.
    fn in_time(&mut self, who: usize, before: &Held) {
        let are_native =
            [Some(who), before.owner].iter().all(|who| who.is_some_and(|who| self.kin(who) == Kin::Native));
        let nobody_stood_still =
            self.members.iter().all(|member| member.call.as_ref().is_none_or(|call| call.stalled == 0));
        let Some(call) = self.members.get(who).and_then(|member| member.call.as_ref()) else { return };
        let waited = self.now - self.busy.max(call.begun_at);
        let was_whole = before.owner.is_some_and(|owner| self.members[owner].dead) && !self.stood_still;
        if self.is_plain && are_native && nobody_stood_still && was_whole && waited > AT_ONCE + 3 * self.slack {
            let what = format!("{who} had it {:.3} s after its holder had died", waited as f64 / 1e9);
            self.broke("the lock of a native writer that was killed is free at once", what);
        }
    }

    /// Somebody has taken the lock of `victim` away.
    fn stolen(&mut self, world: &World, who: usize, victim: usize, held: &Held) {
        let age = self.now.saturating_sub(held.since);
        let is_at_work = self.is_at_work(victim, &held.text);
        // One that stood still between writing its claim and publishing it has an old lock from the beginning.
        if let (Kin::Js, Some(call)) = (self.kin(who), &mut self.members[victim].call) {
            call.lost_to_js = true;
        }
        if !is_at_work || age > 30 * SECOND || world.wall().saturating_sub(held.modified) > 30 * SECOND {
            return;
        }
        match self.kin(who) {
            Kin::Mover | Kin::Engine => {}
            Kin::Js => self.excuse("a JS writer has stolen a lock that was in use"),
            Kin::Native if self.clock_is_set => self.excuse("the wall clock was set, and a lock seemed old"),
            Kin::Native => {
                let stalled = |who: usize| {
                    let member = &self.members[who];
                    member.call.as_ref().map_or(0, |call| call.stalled).max(if member.last > 0 {
                        self.now.saturating_sub(member.last)
                    } else {
                        0
                    })
                };
                let had_lock = self.members[who].call.as_ref().is_some_and(|call| call.had_lock);
                let is_released = world.contents("changes.journal.lock").is_none() && had_lock;
                let has_gone_on = self.members[victim].calls > held.calls;
                let is_settling = String::from_utf8_lossy(&held.text).contains(" taken") && !has_gone_on;
                let is_replaced = world.changes_by_rename(who);
                let is_since_last_call = held.taken_at > self.members[who].seen;
                if is_released && is_since_last_call {
                    self.excuse("a lock was stolen between the two calls of its owner's release");
                } else if is_replaced && is_since_last_call && self.members[victim].kin == Kin::Js {
                    self.excuse("a lockfile that can't be written to was replaced while a JS writer stole it");
                } else if is_settling {
                    self.excuse("of two that took over one stale lockfile, the later one has it");
                } else if self.members[victim].kin == Kin::Js
                    && stalled(victim) >= 500_000_000
                    && (self.other_namespaces || self.members[who].judged != held.text)
                {
                    self.excuse("a JS writer that stood still for 0.5 s, unstamped or in another PID namespace, has lost its lock");
                } else if stalled(who) >= 50_000_000
                    && (is_replaced && is_since_last_call || !is_replaced && self.members[who].judged_stale)
                {
                    self.excuse(
                        "a native that stood still between judging and writing has stolen a lock that was in use",
                    );
                } else {
                    let what =
                        format!("{who} has taken the lock of {victim}, {:.3} s after it was taken", age as f64 / 1e9);
                    self.broke("no lock of a living writer is removed or overwritten", what);
                }
            }
        }
    }

    /// After the last call: nothing may be left behind.
    pub fn end(&mut self, world: &World, reusable: impl Fn(&str) -> bool) {
        let Some(dir) = world.paths.get(DIR) else { return };
        let names = world.inodes[dir].names.as_ref().expect("a directory");
        let left: Vec<_> = names
            .keys()
            .filter(|name| *name != "changes.journal" && *name != "changes.journal.tmp" && !reusable(name))
            .cloned()
            .collect();
        if !left.is_empty() {
            self.broke("nothing is left behind", left.join(", "));
        }
    }

    pub fn digest(&self, hasher: &mut DefaultHasher) {
        for (name, entry) in &self.entries {
            (name, entry.is_there, entry.acknowledged, &entry.dropped).hash(hasher);
        }
        (self.busy, self.held.since, self.highest).hash(hasher);
        for member in &self.members {
            (member.dead, member.call.as_ref().map(|call| (call.stalled, call.disturbed))).hash(hasher);
        }
    }
}

fn dropped_mark(who: usize, position: &str) -> String {
    format!("\0{who} dropped {position}")
}

fn marks(journal: &[u8], position: &str) -> bool {
    String::from_utf8_lossy(journal).contains(&format!("# position {position}\n"))
}

/// The names that a reader finds.
fn names(journal: &[u8]) -> impl Iterator<Item = String> {
    let text = String::from_utf8_lossy(journal);
    let lines: Vec<_> = text.split('\n').skip(1).map(|line| line.trim().to_owned()).collect();
    lines.into_iter().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The time that a reader finds, if there is one.
fn stamp(journal: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(journal);
    text.split('\n').next()?.strip_prefix("# codegraph-journal v1 ")?.trim().parse().ok()
}

/// The nonce in a lockfile.
fn owner(lockfile: &[u8]) -> Option<u64> {
    let text = str::from_utf8(lockfile).ok()?;
    let (_, nonce) = text.split('\n').nth(1)?.split_once('-')?;
    u64::from_str_radix(nonce, 16).ok()
}
