//! The promises, checked after each call: what is known of a run. `journal.rs` checks what happens to the entries, `lock.rs` to the lock.

mod journal;
mod lock;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash};

use self::journal::{dropped_mark, names, stamp};
use super::world::{DIR, Ino, World};

const SECOND: u64 = 1_000_000_000;

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
                            self.excuse("a JS writer tears or glues a line");
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
                self.excuse("a sticky directory keeps a journal");
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
