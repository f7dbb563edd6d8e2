//! The stage: players that run until their next system call, and a choice of who goes on.
//!
//! A player is a coroutine on a stack of its own. It suspends itself *before* each call that touches what others can see. Whoever chooses then
//! decides who makes its call. A killed player's stack is unwound, and nothing that its destructors call has an effect.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

use super::check::Check;
use super::choice::{Choice, Chooser};
use super::errno::{EINTR, Errno};
use super::world::{Ino, World};
use crate::memory::Memory;

type Play = Coroutine<(), (), (), DefaultStack>;

/// More calls than any run makes: whoever waits does so by sleeping.
const MOST_CALLS: u64 = 1_000_000;

/// What a player is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    Ready,
    /// Until this time of the monotonic clock.
    Asleep(u64),
    /// Stands still until this time, whatever it was about to call: SIGSTOP, a hung disk, a machine that sleeps.
    Stalled(u64),
    Done,
}

pub struct Player {
    pub name: String,
    pub state: State,
    yielder: Cell<*const Yielder<(), ()>>,
    pub memory: &'static Memory,
    /// All that the player was answered so far. What it does next depends on nothing else.
    pub heard: DefaultHasher,
    pub randoms: u64,
    /// The call before which the player is suspended.
    pub next: &'static str,
    /// The file that it writes to, or has written to last.
    target: Ino,
    /// The error that the next call will have.
    pub error: Option<Errno>,
}

/// What a player's panic is that ends its process on purpose.
pub struct Aborted;

/// One run.
pub struct Stage {
    pub world: World,
    pub players: Vec<Player>,
    pub check: Check,
    pub calls: u64,
    /// What has happened, a line a call; only if somebody wants to read it.
    pub story: Option<Vec<String>>,
    /// How much time a call takes, drawn by the one who chooses; zero in exhaustive runs.
    pub pace: u64,
    /// How much longer than asked a sleep takes at least.
    pub slack: u64,
    /// Whether everybody has come to an end.
    pub is_over: bool,
    current: usize,
}

thread_local! {
    static STAGE: RefCell<Option<Box<Stage>>> = const { RefCell::new(None) };
    static STACKS: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
}

/// Works with the stage. Never around a suspension.
pub fn with<T>(act: impl FnOnce(&mut Stage) -> T) -> T {
    STAGE.with_borrow_mut(|stage| act(stage.as_mut().expect("a run")))
}

/// An answer that can be compared, told, and replaced by an error.
pub trait Answer: Sized {
    fn refused(errno: Errno) -> Option<Self>;
    fn dead() -> Self;
    fn tell(&self, hasher: &mut DefaultHasher);
    fn text(&self) -> String;
}

/// Makes one call that others can notice, when it is this player's turn. `about` tells what it is about.
pub fn call<T: Answer>(name: &'static str, about: impl Fn() -> String, act: impl FnOnce(&mut World, usize) -> T) -> T {
    if !wait_for_turn(name) {
        return T::dead();
    }
    with(|stage| {
        let who = stage.current;
        // A call that a signal has interrupted is made again in `sys`, but for a write.
        let error = stage.players[who].error.take().filter(|&error| error != EINTR || name == "write");
        let refused = error.and_then(T::refused);
        if refused.is_some() {
            stage.check.disturbed(who);
        }
        let answer = refused.unwrap_or_else(|| act(&mut stage.world, who));
        let heard = &mut stage.players[who].heard;
        name.hash(heard);
        answer.tell(heard);
        stage.calls += 1;
        stage.say(name, &about, || answer.text());
        let Stage { world, check, .. } = stage;
        check.goes_on(who, name, world.now);
        check.look(world, who);
        answer
    })
}

/// Suspends the player until it is chosen. False for one that is dead.
pub fn wait_for_turn(name: &'static str) -> bool {
    let (yielder, dead) = with(|stage| {
        let who = stage.current;
        stage.players[who].next = name;
        (stage.players[who].yielder.get(), stage.world.processes[who].dead)
    });
    if !dead {
        // SAFETY: the yielder lives on the coroutine's stack as long as the player runs, and this is called on that very stack.
        unsafe { &*yielder }.suspend(());
    }
    !dead
}

/// Notes an answer that only this player can notice, without a turn of its own.
pub fn note(name: &'static str, answer: u64) {
    with(|stage| {
        let heard = &mut stage.players[stage.current].heard;
        (name, answer).hash(heard);
    });
}

/// Sleeps until that time.
pub fn sleep(nanos: u64) {
    let slept = call("sleep", || format!("{:.3} ms", nanos as f64 / 1e6), |_, _| Ok::<(), std::io::Error>(()));
    if slept.is_ok() {
        with(|stage| {
            let until = stage.world.now.saturating_add(nanos.max(stage.slack));
            stage.players[stage.current].state = State::Asleep(until);
            stage.check.sleeps(stage.current);
        });
        wait_for_turn("wake");
    }
}

impl Stage {
    /// The player is about to write through this descriptor.
    pub fn writes_to(&mut self, fd: usize) {
        self.players[self.current].target = self.world.open[fd].ino;
    }

    /// The player that runs.
    pub fn current(&self) -> usize {
        self.current
    }

    pub fn say(&mut self, call: &str, about: &dyn Fn() -> String, answer: impl FnOnce() -> String) {
        let Some(story) = &mut self.story else { return };
        let ms = (self.world.now - 1_000_000_000) as f64 / 1e6;
        let name = &self.players[self.current].name;
        story.push(format!("{ms:>12.3} ms  {name:<10} {call} {} → {}", about(), answer()));
    }

    /// Who can go on now.
    pub fn ready(&self) -> impl Iterator<Item = usize> + '_ {
        let waits = |who: usize| {
            self.players[who].next == "write"
                && self
                    .world
                    .inodes
                    .get(&self.players[who].target)
                    .and_then(|inode| inode.writer)
                    .is_some_and(|writer| writer != who)
        };
        (0..self.players.len()).filter(move |&who| self.players[who].state == State::Ready && !waits(who))
    }

    /// The next time at which a sleeper wakes.
    pub fn next_wake(&self) -> Option<(u64, usize)> {
        let wakes = self.players.iter().enumerate().filter_map(|(who, player)| match player.state {
            State::Asleep(until) | State::Stalled(until) => Some((until, who)),
            State::Ready | State::Done => None,
        });
        wakes.min()
    }

    /// Lets time pass.
    pub fn pass(&mut self, until: u64) {
        self.world.now = self.world.now.max(until);
        for player in &mut self.players {
            if matches!(player.state, State::Asleep(until) | State::Stalled(until) if until <= self.world.now) {
                player.state = State::Ready;
            }
        }
    }

    /// All that decides how the run can go on.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.world.digest(&mut hasher);
        for (player, process) in self.players.iter().zip(&self.world.processes) {
            (player.heard.finish(), player.state, player.next, process.dead).hash(&mut hasher);
        }
        self.check.digest(&mut hasher);
        hasher.finish()
    }
}

/// What one member of the cast does: it calls the crate, or plays the JS module.
pub type Part = Box<dyn FnOnce()>;

/// Plays one run to its end: until everybody is done or dead, a promise is broken, or the one who chooses has seen enough.
pub fn play(
    world: World,
    parts: Vec<(String, Part)>,
    check: Check,
    chooser: &mut dyn Chooser,
    tell: bool,
) -> Box<Stage> {
    let mut plays = Vec::new();
    let mut players = Vec::new();
    for (who, (name, part)) in parts.into_iter().enumerate() {
        let stack = STACKS.with_borrow_mut(Vec::pop).unwrap_or_else(|| DefaultStack::new(256 << 10).expect("a stack"));
        plays.push(Some(Play::with_stack(stack, move |yielder: &Yielder<(), ()>, ()| {
            with(|stage| stage.players[who].yielder.set(yielder));
            part();
        })));
        players.push(Player {
            name,
            state: State::Ready,
            yielder: Cell::new(std::ptr::null()),
            memory: memory(who),
            heard: DefaultHasher::new(),
            randoms: 0,
            next: "begin",
            target: 0,
            error: None,
        });
    }
    let story = tell.then(Vec::new);
    let stage = Stage { world, players, check, calls: 0, story, pace: 0, slack: 0, is_over: false, current: 0 };
    STAGE.set(Some(Box::new(stage)));
    // Each player goes up to its first call.
    for who in 0..plays.len() {
        resume(&mut plays, who);
    }
    while let Some(choice) = choose(chooser) {
        match choice {
            Choice::Run(who) => resume(&mut plays, who),
            Choice::Fail(who, errno) => {
                with(|stage| stage.players[who].error = Some(errno));
                resume(&mut plays, who);
            }
            Choice::Stall(who, nanos) => with(|stage| {
                stage.current = who;
                stage.say("stands still", &|| format!("for {:.1} s", nanos as f64 / 1e9), String::new);
                stage.players[who].state = State::Stalled(stage.world.now + nanos);
                stage.check.stalled(who, nanos);
            }),
            Choice::Step(nanos) => with(|stage| stage.world.ahead = stage.world.ahead.saturating_add_signed(nanos)),
            Choice::Wake => with(|stage| {
                let (until, _) = stage.next_wake().expect("a sleeper");
                stage.pass(until);
            }),
            Choice::Kill(who) => kill(&mut plays, who),
        }
        with(|stage| {
            let pace = stage.pace;
            stage.pass(stage.world.now + pace);
            stage.check.slack = stage.slack;
        });
    }
    // Whoever has not ended is unwound, without an effect.
    for who in 0..plays.len() {
        with(|stage| stage.world.processes[who].dead = true);
        end(&mut plays, who);
    }
    STAGE.take().expect("the run")
}

fn choose(chooser: &mut dyn Chooser) -> Option<Choice> {
    with(|stage| {
        if stage.calls > MOST_CALLS {
            stage.check.broke("waiting sleeps", format!("{MOST_CALLS} calls, and no end"));
        }
        if stage.check.broken.is_some() {
            return None;
        }
        while stage.ready().next().is_none() {
            let Some((until, _)) = stage.next_wake() else {
                stage.is_over = true;
                return None;
            };
            stage.pass(until);
        }
        chooser.choose(stage)
    })
}

fn resume(plays: &mut [Option<Play>], who: usize) {
    with(|stage| stage.current = who);
    let Some(play) = &mut plays[who] else { return };
    match catch_unwind(AssertUnwindSafe(|| play.resume(()))) {
        Ok(CoroutineResult::Yield(())) => {}
        Ok(CoroutineResult::Return(())) => end(plays, who),
        Err(panic) if panic.is::<Aborted>() => {
            with(|stage| {
                stage.world.bury(who);
                stage.check.killed(who, stage.world.now);
            });
            end(plays, who);
        }
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned();
            with(|stage| stage.check.broke("no panic", text));
            end(plays, who);
        }
    }
}

fn kill(plays: &mut [Option<Play>], who: usize) {
    with(|stage| {
        stage.current = who;
        let next = stage.players[who].next;
        stage.say("is killed", &|| format!("before its {next}"), String::new);
        stage.world.bury(who);
        stage.check.killed(who, stage.world.now);
    });
    end(plays, who);
}

/// Takes a player from the stage.
fn end(plays: &mut [Option<Play>], who: usize) {
    with(|stage| {
        stage.current = who;
        stage.players[who].state = State::Done;
    });
    let Some(mut play) = plays[who].take() else { return };
    let was_dead = with(|stage| std::mem::replace(&mut stage.world.processes[who].dead, true));
    if !play.done() {
        play.force_unwind();
    }
    let stack = play.into_stack();
    with(|stage| stage.world.processes[who].dead = was_dead);
    STACKS.with_borrow_mut(|stacks| stacks.push(stack));
}

/// What the process of this player remembers; empty at the beginning of each run.
fn memory(who: usize) -> &'static Memory {
    thread_local! {
        static MEMORIES: RefCell<Vec<&'static Memory>> = const { RefCell::new(Vec::new()) };
    }
    MEMORIES.with_borrow_mut(|memories| {
        while memories.len() <= who {
            memories.push(Box::leak(Box::new(Memory::new())));
        }
        memories[who].forget();
        memories[who]
    })
}
