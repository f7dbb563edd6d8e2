//! Who goes on next, and what befalls it.

use std::collections::{BTreeMap, HashSet};

use super::errno::{self, Errno};
use super::stage::Stage;
use super::world::hash;

/// One decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// The player makes its call.
    Run(usize),
    /// The player's call fails.
    Fail(usize, Errno),
    /// The player stands still for so many nanoseconds.
    Stall(usize, u64),
    /// The wall clock is set, by so many nanoseconds.
    Step(i64),
    /// Time passes until the next sleeper wakes, though others could go on.
    Wake,
    /// The player is killed.
    Kill(usize),
}

impl Choice {
    pub fn who(self) -> usize {
        match self {
            Self::Run(who) | Self::Fail(who, _) | Self::Stall(who, _) | Self::Kill(who) => who,
            Self::Wake | Self::Step(_) => usize::MAX,
        }
    }
}

/// Decides. `None` ends the run.
pub trait Chooser {
    fn choose(&mut self, stage: &mut Stage) -> Option<Choice>;
}

/// Numbers that a seed decides.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(hash(&seed))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).expect("small")]
    }
}

const MS: u64 = 1_000_000;

/// What befalls a player.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Kill,
    Stall(u64),
    Fail(Errno),
}

/// When it befalls the player: before which of its calls, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The nth one.
    Call(u64),
    /// The nth one of this name.
    Named(&'static str, u64),
}

/// Random schedules: by priorities that change a few times (PCT), or each step anew.
pub struct Dice {
    random: Random,
    /// The larger number goes first; empty where each step is drawn anew.
    priorities: Vec<u64>,
    /// How many more steps until a priority changes.
    steady: u64,
    fates: Vec<(usize, At, Fate)>,
    made: Vec<BTreeMap<&'static str, u64>>,
    busy_clock: bool,
    slack: u64,
    /// How often the wall clock is still set.
    steps: u32,
    pub taken: Vec<Choice>,
    faults: u64,
}

impl Dice {
    /// `deaths` and the like say what may befall the players, of which there are so many; the last is the caretaker, whom nothing befalls. What is
    /// planned befalls them in any case.
    pub fn new(mut random: Random, players: usize, allowed: Allowed, planned: &[(usize, At, Fate)]) -> Self {
        let priorities = if random.one_in(2) { (0..players).map(|_| random.next()).collect() } else { Vec::new() };
        let mut fates = Vec::new();
        for _ in 0..random.below(4) {
            let who = usize::try_from(random.below(players as u64 - 1)).expect("small");
            let within = random.pick(&[30, 90]);
            let at = random.below(within);
            let fate = match random.below(4) {
                0 if allowed.deaths => Fate::Kill,
                1 if allowed.errors => {
                    Fate::Fail(random.pick(&[errno::EMFILE, errno::ENOSPC, errno::EACCES, errno::EIO, errno::EINTR]))
                }
                2 | 3 if allowed.stalls => Fate::Stall(random.pick(&[
                    60 * MS,
                    120 * MS,
                    550 * MS,
                    700 * MS,
                    1300 * MS,
                    31_000 * MS,
                    36_000 * MS,
                ])),
                _ => continue,
            };
            fates.push((who, At::Call(at), fate));
        }
        if allowed.late_stamps {
            // The second player is a JS writer: mkdir, list, and then it makes the lockfile.
            let inside = 4 + random.below(8);
            fates.push((1, At::Call(3 + random.below(2)), Fate::Stall(random.pick(&[520, 560, 600, 640]) * MS)));
            fates.push((1, At::Call(inside), Fate::Stall(random.pick(&[300, 1300]) * MS)));
        }
        fates.extend_from_slice(planned);
        let busy_clock = random.one_in(2);
        let steady = random.below(60);
        let slack = random.pick(&[0, 2 * MS, 20 * MS, 100 * MS, 300 * MS]);
        Self {
            random,
            priorities,
            steady,
            fates,
            made: vec![BTreeMap::new(); players],
            busy_clock,
            slack,
            steps: if allowed.steps { 3 } else { 0 },
            taken: Vec::new(),
            faults: 0,
        }
    }
}

/// What may befall players.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    pub deaths: bool,
    pub stalls: bool,
    pub errors: bool,
    /// Whether the wall clock is set, forward or back.
    pub steps: bool,
    /// Whether a JS writer stands still between making its lockfile and stamping it, and once more inside.
    pub late_stamps: bool,
}

impl Chooser for Dice {
    fn choose(&mut self, stage: &mut Stage) -> Option<Choice> {
        stage.pace = if self.busy_clock { self.random.below(30_000) } else { 0 };
        stage.slack = self.slack;
        let ready: Vec<_> = stage.ready().collect();
        if self.random.one_in(64) && stage.next_wake().is_some_and(|(at, _)| at < stage.world.now + 200 * MS) {
            self.taken.push(Choice::Wake);
            return Some(Choice::Wake);
        }
        if self.steps > 0 && self.random.one_in(100) {
            self.steps -= 1;
            let seconds = self.random.pick(&[-40, -3, -1, 1, 3, 20]);
            let step = Choice::Step(seconds * 1_000_000_000);
            self.taken.push(step);
            return Some(step);
        }
        let who = if self.priorities.is_empty() {
            self.random.pick(&ready)
        } else {
            let who = *ready.iter().max_by_key(|&&who| self.priorities[who]).expect("somebody");
            if self.steady == 0 {
                self.priorities[who] = self.random.next() / 2;
                self.steady = self.random.below(60);
            }
            self.steady = self.steady.saturating_sub(1);
            who
        };
        let (name, made) = (stage.players[who].next, &mut self.made[who]);
        let of_name = made.get(name).copied().unwrap_or(0);
        let moments = [At::Call(made.values().sum()), At::Named(name, of_name)];
        let choice = match self.fates.iter().position(|&(whose, at, _)| whose == who && moments.contains(&at)) {
            Some(place) => match self.fates.swap_remove(place).2 {
                Fate::Kill => Choice::Kill(who),
                Fate::Stall(nanos) => Choice::Stall(who, nanos),
                Fate::Fail(errno) => Choice::Fail(who, errno),
            },
            None => Choice::Run(who),
        };
        if matches!(choice, Choice::Run(_) | Choice::Fail(..)) {
            made.insert(name, of_name + 1);
        }
        if !matches!(choice, Choice::Run(_)) {
            self.faults += 1;
        }
        self.taken.push(choice);
        Some(choice)
    }
}

/// Plays choices again, as far as they can be made. Then, and in their place, whoever ran last goes on.
pub struct Script {
    choices: Vec<Choice>,
    at: usize,
    last: usize,
}

impl Script {
    pub fn new(choices: Vec<Choice>) -> Self {
        Self { choices, at: 0, last: 0 }
    }
}

impl Chooser for Script {
    fn choose(&mut self, stage: &mut Stage) -> Option<Choice> {
        let ready: Vec<_> = stage.ready().collect();
        while let Some(&choice) = self.choices.get(self.at) {
            self.at += 1;
            if matches!(choice, Choice::Step(_)) {
                return Some(choice);
            }
            if choice == Choice::Wake {
                if stage.next_wake().is_some() {
                    return Some(choice);
                }
            } else if ready.contains(&choice.who()) {
                self.last = choice.who();
                return Some(choice);
            }
        }
        let next = if ready.contains(&self.last) { self.last } else { ready[0] };
        self.last = next;
        Some(Choice::Run(next))
    }
}

/// All schedules of a small cast, with at most so many faults in each. States that were seen are not played again.
pub struct Exhaustive {
    path: Vec<(usize, usize)>,
    depth: usize,
    pub seen: HashSet<u64>,
    faults: u32,
    spent: u32,
    /// Nothing befalls this player, and it waits for all others.
    caretaker: usize,
}

impl Exhaustive {
    pub fn new(faults: u32, caretaker: usize) -> Self {
        Self { path: Vec::new(), depth: 0, seen: HashSet::new(), faults, spent: 0, caretaker }
    }

    /// The same schedule once more.
    pub fn again(&self) -> Self {
        let mut again = Self::new(self.faults, self.caretaker);
        again.path.clone_from(&self.path);
        again
    }

    /// Goes to the next schedule; false if there is none.
    pub fn advance(&mut self) -> bool {
        self.path.truncate(self.depth);
        while let Some((at, of)) = self.path.last_mut() {
            *at += 1;
            if at < of {
                break;
            }
            self.path.pop();
        }
        self.depth = 0;
        self.spent = 0;
        !self.path.is_empty()
    }
}

impl Chooser for Exhaustive {
    fn choose(&mut self, stage: &mut Stage) -> Option<Choice> {
        stage.slack = 300 * MS;
        let ready: Vec<_> = stage.ready().collect();
        let mut options: Vec<_> = ready.iter().map(|&who| Choice::Run(who)).collect();
        if self.spent < self.faults {
            for &who in ready.iter().filter(|&&who| who != self.caretaker) {
                options.push(Choice::Kill(who));
                options.extend([600 * MS, 31_000 * MS].map(|nanos| Choice::Stall(who, nanos)));
            }
            if stage.next_wake().is_some_and(|(_, who)| who != self.caretaker) {
                options.push(Choice::Wake);
            }
        }
        let taken = if let Some(&(taken, of)) = self.path.get(self.depth) {
            assert_eq!(of, options.len(), "a run that differs when it is played again");
            taken
        } else {
            if !self.seen.insert(hash(&(stage.digest(), self.spent))) {
                return None;
            }
            self.path.push((0, options.len()));
            0
        };
        self.depth += 1;
        let choice = options[taken];
        if !matches!(choice, Choice::Run(_)) {
            self.spent += 1;
        }
        Some(choice)
    }
}
