//! Runs of a scene: of a seed, of all schedules, and of a failure that is made shorter.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use super::check::{Deed, Kin};
use super::choice::{Allowed, Choice, Chooser, Dice, Exhaustive, Random, Script};
use super::scene::{Role, Scene, caretaker};
use super::stage::{Stage, play};
use super::world::Kind;

/// A promise that was broken, by its name, and how.
pub type Broken = (&'static str, String);

/// What a number of runs have shown.
#[derive(Default)]
pub struct Figures {
    pub schedules: u64,
    pub calls: u64,
    pub faults: u64,
    pub states: HashSet<u64>,
    pub excused: BTreeMap<&'static str, u64>,
}

/// A failure that can be played again.
pub struct Failure {
    pub seed: u64,
    pub scene: String,
    pub promise: &'static str,
    pub what: String,
    pub story: Vec<String>,
}

fn run(scene: &Scene, chooser: &mut dyn Chooser, tell: bool) -> Box<Stage> {
    let world = scene.world();
    let check = scene.check(&world);
    let mut stage = play(world, scene.parts(), check, chooser, tell);
    if stage.is_over && stage.check.broken.is_none() {
        let Stage { check, world, .. } = &mut *stage;
        check.end(world, |name| {
            // A reusable lockfile: it belongs to a domain, whose words are three.
            name.strip_prefix("changes.journal.lock.").is_some_and(|rest| {
                let domain = rest.trim_end_matches(".tmp");
                domain.split('-').count() == 3 && domain.len() < 24
            })
        });
    }
    stage
}

/// Plays the scene of one seed.
fn of_seed(seed: u64, tell: bool) -> (Scene, Vec<Choice>, Box<Stage>) {
    let mut random = Random::new(seed);
    let scene = Scene::random(&mut random);
    let mut dice = Dice::new(random, scene.roles.len(), scene.allowed, &scene.planned);
    let stage = run(&scene, &mut dice, tell);
    (scene, dice.taken, stage)
}

/// Plays seeds until the time is over, or `most` promises are broken, each told once.
pub fn random(first: u64, time: Duration, most: usize, figures: &mut Figures) -> Vec<Failure> {
    let begun = Instant::now();
    let mut failures: Vec<Failure> = Vec::new();
    let mut seed = first;
    while begun.elapsed() < time {
        let (scene, taken, stage) = of_seed(seed, false);
        figures.schedules += 1;
        figures.calls += stage.calls;
        figures.faults +=
            taken.iter().filter(|choice| !matches!(choice, Choice::Run(_) | Choice::Wake | Choice::Step(_))).count()
                as u64;
        figures.states.insert(stage.digest());
        for (name, count) in &stage.check.excused {
            *figures.excused.entry(name).or_default() += count;
        }
        if let Some((promise, _)) = &stage.check.broken
            && !failures.iter().any(|failure| failure.promise == *promise && failure.scene == scene.name)
        {
            failures.push(tell(seed));
            if failures.len() >= most {
                break;
            }
        }
        seed += 1;
    }
    failures
}

/// Plays a seed again, makes the failure shorter, and tells it.
pub fn tell(seed: u64) -> Failure {
    let (scene, taken, stage) = of_seed(seed, false);
    let Some((promise, _)) = stage.check.broken else {
        let (_, _, stage) = of_seed(seed, true);
        return Failure {
            seed,
            scene: scene.name,
            promise: "none",
            what: String::new(),
            story: stage.story.unwrap_or_default(),
        };
    };
    let breaks = |scene: &Scene, choices: &[Choice]| {
        let stage = run(scene, &mut Script::new(choices.to_vec()), false);
        stage.check.broken.is_some_and(|(broken, _)| broken == promise)
    };
    let (mut scene, mut choices) = (scene, taken);
    if breaks(&scene, &choices) {
        (scene, choices) = shorter(scene, choices, &breaks);
        let stage = run(&scene, &mut Script::new(choices), true);
        let (promise, what) = stage.check.broken.expect("it breaks");
        return Failure { seed, scene: scene.name, promise, what, story: stage.story.unwrap_or_default() };
    }
    let (scene, _, stage) = of_seed(seed, true);
    let (promise, what) = stage.check.broken.expect("it breaks");
    Failure { seed, scene: scene.name, promise, what, story: stage.story.unwrap_or_default() }
}

/// How long a failure is made shorter.
const SHORTENING: Duration = Duration::from_secs(15);

/// Leaves out deeds and choices as long as the same promise is broken.
fn shorter(
    mut scene: Scene,
    mut choices: Vec<Choice>,
    breaks: &dyn Fn(&Scene, &[Choice]) -> bool,
) -> (Scene, Vec<Choice>) {
    for who in 0..scene.roles.len() - 1 {
        for deed in (0..scene.roles[who].deeds.len()).rev() {
            let mut fewer = scene.clone();
            fewer.roles[who].deeds.remove(deed);
            if breaks(&fewer, &choices) {
                scene = fewer;
            }
        }
    }
    let begun = Instant::now();
    let mut piece = choices.len().div_ceil(2);
    while piece > 0 {
        let mut at = 0;
        while at < choices.len() && begun.elapsed() < SHORTENING {
            let mut fewer = choices.clone();
            fewer.drain(at..(at + piece).min(choices.len()));
            if breaks(&scene, &fewer) {
                choices = fewer;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    (scene, choices)
}

/// Plays all schedules of a small cast, each with at most so many faults.
pub fn exhaust(name: &str, scene: &Scene, faults: u32, time: Duration) -> (u64, usize, bool, Option<Failure>) {
    let begun = Instant::now();
    let mut exhaustive = Exhaustive::new(faults, scene.roles.len() - 1);
    let mut schedules = 0;
    loop {
        let stage = run(scene, &mut exhaustive, false);
        schedules += 1;
        if let Some((promise, what)) = stage.check.broken {
            let mut again = exhaustive.again();
            let stage = run(scene, &mut again, true);
            let story = stage.story.unwrap_or_default();
            let failure = Failure { seed: 0, scene: name.to_owned(), promise, what, story };
            return (schedules, exhaustive.seen.len(), false, Some(failure));
        }
        if !exhaustive.advance() {
            return (schedules, exhaustive.seen.len(), true, None);
        }
        if begun.elapsed() > time {
            return (schedules, exhaustive.seen.len(), false, None);
        }
    }
}

/// The small casts.
pub fn casts() -> Vec<(String, Scene)> {
    let mut casts = Vec::new();
    let first = super::scene::STAMPED;
    let deeds = [("append", Deed::Append), ("stamp", Deed::Stamp(first + 10)), ("reset", Deed::Reset(first + 20))];
    for (other, kin) in [("native", Kin::Native), ("JS writer", Kin::Js)] {
        for (name, deed) in &deeds {
            let mut random = Random::new(7);
            let mut scene = Scene::random(&mut random);
            let role = |number: u64, kin, deed: &Deed| {
                let mut role: Role = caretaker(0);
                role.process.pid = 10 + 100 * number as u32;
                role.kin = kin;
                role.comes = 0;
                role.deeds = vec![(deed.clone(), u64::from(!matches!(deed, Deed::Reset(_))))];
                role
            };
            scene.kind = Kind::LOCAL;
            scene.dir = Some((0o755, 0));
            scene.before.clear();
            scene.before.push(super::scene::Before {
                name: "changes.journal",
                text: format!("# codegraph-journal v1 {first}\nfirst\n"),
                mode: 0o644,
                uid: 0,
                age: 60_000_000_000,
            });
            scene.reuses_numbers = false;
            scene.long = 0;
            scene.patience = 2_500_000_000;
            scene.allowed = Allowed { deaths: true, stalls: true, errors: false, steps: false, late_stamps: false };
            let mut caretaker = caretaker(2);
            caretaker.deeds.truncate(4);
            scene.roles = vec![role(1, Kin::Native, &Deed::Append), role(2, kin, deed), caretaker];
            casts.push((format!("a native appends beside a {other}'s {name}"), scene));
        }
    }
    casts
}
