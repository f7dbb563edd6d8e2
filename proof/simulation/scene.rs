//! Scenes: a file system, what is on it, and who comes.

use super::check::{Check, Deed, End, Kin};
use super::choice::{Allowed, At, Fate, Random};
use super::js_system::Node;
use super::stage::{self, Part, sleep, with};
use super::world::{Away, DIR, Inode, Kind, Process, ROOT, World};
use super::{engine, js};
use crate::{Entry, Error, Journal, Position, Timestamp};

const MS: u64 = 1_000_000;
const SECOND: u64 = 1000 * MS;

/// A file that is there at the beginning.
#[derive(Debug, Clone)]
pub struct Before {
    pub name: &'static str,
    pub text: String,
    pub mode: u32,
    pub uid: u32,
    pub age: u64,
}

/// Who comes, and what for.
#[derive(Debug, Clone)]
pub struct Role {
    pub kin: Kin,
    pub process: Process,
    /// How long after the beginning.
    pub comes: u64,
    /// What it does, and with how many entries.
    pub deeds: Vec<(Deed, u64)>,
    /// How long it sleeps between two deeds.
    pub rest: u64,
}

#[derive(Debug, Clone)]
pub struct Scene {
    pub name: String,
    pub kind: Kind,
    pub dir: Option<(u32, u32)>,
    pub before: Vec<Before>,
    pub roles: Vec<Role>,
    pub allowed: Allowed,
    /// What befalls whom in any case.
    pub planned: Vec<(usize, At, Fate)>,
    pub patience: u64,
    pub reuses_numbers: bool,
    /// Whether the last one is the caretaker, who comes when all is over.
    pub long: u64,
}

/// The time in the header at the beginning; the low digits are about to run over.
pub const STAMPED: u64 = 1_700_000_000_990;

fn process(number: usize) -> Process {
    // Of two and of more digits, as a stamp is as long as its pid.
    let pid = [12, 4711, 333, 98, 12345, 77][number % 6];
    Process { pid, namespace: 4_026_531_836, boot: "a".to_owned(), device: 5, uid: 0, umask: 0o022, dead: false }
}

impl Scene {
    /// The scene of a seed.
    pub fn random(random: &mut Random) -> Self {
        let names = [
            "natives",
            "natives and JS writers",
            "one of each",
            "all",
            "users",
            "sticky",
            "boots",
            "namespaces",
            "elsewhere",
            "no links",
            "no kernel locks",
            "coarse times",
            "builds",
            "movers",
            "clocks",
            "late stamps",
            "slow holders",
            "slow holders",
            "slow holders",
        ];
        let name = random.pick(&names);
        let mut scene = Self {
            name: name.to_owned(),
            kind: Kind::LOCAL,
            dir: Some((0o755, 0)),
            before: Vec::new(),
            roles: Vec::new(),
            allowed: Allowed { deaths: true, stalls: true, errors: random.one_in(4), steps: false, late_stamps: false },
            planned: Vec::new(),
            patience: 2500 * MS,
            reuses_numbers: random.one_in(2),
            long: random.pick(&[0, 0, 0, 0, 0, 0, 3000, 4500]),
        };
        let cast: &[Kin] = match name {
            "natives" | "no kernel locks" | "boots" | "slow holders" => &[Kin::Native; 3],
            "elsewhere" if random.one_in(2) => &[Kin::Native, Kin::Engine, Kin::Native],
            "natives and JS writers" | "elsewhere" | "no links" | "namespaces" | "late stamps" => {
                &[Kin::Native, Kin::Js, Kin::Native, Kin::Js]
            }
            "one of each" => &[Kin::Native, Kin::Js],
            "builds" => &[Kin::Native, Kin::Native, Kin::Js],
            "movers" => &[Kin::Native, Kin::Native, Kin::Mover],
            "all" => &[Kin::Native, Kin::Js, Kin::Native, Kin::Engine],
            _ => &[Kin::Native, Kin::Js, Kin::Native],
        };
        scene.journal(random);
        for (number, &kin) in cast.iter().enumerate() {
            let mut process = process(number);
            match name {
                "users" | "sticky" => {
                    process.uid = random.pick(&[0, 1000, 1001]);
                    process.umask = random.pick(&[0o022, 0o002, 0]);
                }
                "boots" => {
                    random.pick(&["a", "b"]).clone_into(&mut process.boot);
                    process.device = random.pick(&[5, 6]);
                }
                // As long as the claim's lines that it lands on.
                "late stamps" => process.pid = if kin == Kin::Js { 12 } else { 333 } + number as u32,
                "namespaces" => {
                    process.namespace += random.below(2);
                    process.pid = random.pick(&[12, 4711]) + u32::from(kin == Kin::Js);
                }
                _ => {}
            }
            let comes = random.pick(&[0, 0, 0, MS / 5, 100 * MS, 700 * MS, 31_500 * MS, 34 * SECOND]);
            let deeds = deeds(random, kin, name == "builds");
            scene.roles.push(Role { kin, process, comes, deeds, rest: 0 });
        }
        scene.surroundings(random, name);
        if name == "slow holders" {
            scene.slow_holders(random);
        }
        if name == "late stamps" {
            scene.before.retain(|before| before.name != "changes.journal.lock");
            scene.allowed.late_stamps = true;
        }
        scene.roles.push(caretaker(scene.roles.len()));
        scene
    }

    fn journal(&mut self, random: &mut Random) {
        let mut text = format!("# codegraph-journal v1 {STAMPED}\nfirst\n");
        match random.below(6) {
            0 => return,
            1 => text.clear(),
            2 => text.push_str("torn"),
            // Up to just before a page's end.
            3 | 4 => {
                let left = 4096 - text.len() as u64 - random.below(40);
                text.push('#');
                text.extend(std::iter::repeat_n('x', usize::try_from(left).expect("small") - 2));
                text.push('\n');
            }
            _ => {}
        }
        self.before.push(Before { name: "changes.journal", text, mode: 0o644, uid: 0, age: 60 * SECOND });
    }

    fn surroundings(&mut self, random: &mut Random, name: &str) {
        let stale = random.below(5);
        let lock = |text: String, age| Before { name: "changes.journal.lock", text, mode: 0o644, uid: 0, age };
        match stale {
            0 => self.before.push(lock("31\n31-00112233445566ff\n".to_owned(), 5 * SECOND)),
            1 => self.before.push(lock(String::new(), 100 * MS)),
            _ => {}
        }
        match name {
            "users" => {
                self.dir = Some((0o777, 1000));
                for before in &mut self.before {
                    (before.uid, before.mode) = (random.pick(&[0, 1000, 1001]), random.pick(&[0o644, 0o666]));
                }
            }
            "sticky" => {
                // Whoever may not remove a stale lockfile waits for somebody who may.
                self.patience = u64::MAX;
                self.dir = Some((0o1777, random.pick(&[0, 1000])));
                for before in &mut self.before {
                    (before.uid, before.mode) = (random.pick(&[1000, 1001]), 0o666);
                }
            }
            "elsewhere" => {
                self.kind =
                    Kind { local: false, stable_ids: random.one_in(2), tick: random.pick(&[1, SECOND]), ..self.kind };
                self.patience = 32 * SECOND;
            }
            "no links" => {
                self.kind = Kind { links: false, noreplace: random.one_in(2), ..self.kind };
                self.patience = 32 * SECOND;
            }
            "no kernel locks" => {
                self.kind = Kind { locks: false, ..self.kind };
                self.patience = 32 * SECOND;
            }
            // Somebody waits for the lock when the directory goes away.
            "movers" if random.one_in(2) => {
                self.roles.iter_mut().zip([0, MS, 2 * MS]).for_each(|(role, comes)| role.comes = comes);
                self.planned = vec![(0, At::Call(5 + random.below(20)), Fate::Stall(700 * MS))];
            }
            // A pid that lives in the judge's namespace, or that is used again, is no dead one's.
            "boots" | "namespaces" => self.patience = 32 * SECOND,
            // A lockfile of the future is waited for until it has been seen for 30.5 s.
            "clocks" => self.patience = u64::MAX,
            "coarse times" => self.kind = Kind { tick: random.pick(&[SECOND, 2 * SECOND]), ..self.kind },
            _ => {}
        }
        self.allowed.steps = name == "clocks";
    }

    /// The first one stands still while it has the lock, and others come to judge, or to take over, at that moment.
    fn slow_holders(&mut self, random: &mut Random) {
        self.allowed.errors = false;
        self.before.retain(|before| before.name == "changes.journal");
        // A header that can't be stamped in place: the journal is replaced.
        if let Some(journal) = self.before.first_mut().filter(|_| random.one_in(2)) {
            "# codegraph-journal v1 0\nfirst\n".clone_into(&mut journal.text);
        }
        // The calls of an append between which it has the lock, and those of the next append.
        let inside = At::Call(8 + random.below(12));
        let again = At::Call(28 + random.below(12));
        let long = Fate::Stall(random.pick(&[31, 36]) * SECOND);
        let how = random.below(5);
        // A lock is stolen after 30.5 s, and nobody waits longer than 5 s.
        let late = if how < 3 { random.pick(&[27, 28, 29]) * SECOND } else { MS };
        self.roles
            .iter_mut()
            .zip([0, late, random.pick(&[MS, 40 * SECOND])])
            .for_each(|(role, comes)| role.comes = comes);
        match how {
            // Its lock is stolen, and it goes on just when the thief is about to rename.
            0 => {
                let moment = At::Named(random.pick(&["sync", "rename", "close"]), 0);
                self.planned = vec![(0, inside, long), (1, moment, Fate::Stall(2 * SECOND))];
            }
            // Its lock is stolen when it is about to rename.
            1 => self.planned = vec![(0, At::Named("rename", 0), long)],
            // It releases the lock, and takes it again, just when it is judged.
            2 => {
                let until = 30_480 * MS + random.below(60) * 10 * MS;
                self.roles[0].deeds = vec![(Deed::Append, 1), (Deed::Append, 1)];
                self.planned = vec![
                    (0, inside, Fate::Stall(until)),
                    (0, again, Fate::Stall(SECOND)),
                    (1, At::Named("write", 0), Fate::Stall(45 * MS)),
                ];
            }
            // It dies when the others have given up its kernel lock.
            3 => {
                let slow = (1, At::Named("write", 0), Fate::Stall(45 * MS));
                self.planned = vec![(0, inside, Fate::Stall(1300 * MS)), (0, inside, Fate::Kill), slow];
            }
            // It is judged by somebody who stands still between two calls of that, and has the lock once more by then.
            _ => {
                self.roles[0].deeds = vec![(Deed::Append, 1), (Deed::Append, 1)];
                self.roles[0].rest = 13 * SECOND;
                self.planned = vec![
                    (0, inside, Fate::Stall(1300 * MS)),
                    (0, again, Fate::Stall(20 * SECOND)),
                    (1, At::Named(random.pick(&["fstat", "read"]), random.below(2)), long),
                ];
            }
        }
    }

    /// The world as it is before anybody comes.
    pub fn world(&self) -> World {
        let processes = self.roles.iter().map(|role| role.process.clone()).collect();
        let mut world = World::new(self.kind, processes);
        world.now += 100 * SECOND;
        world.reuses_numbers = self.reuses_numbers;
        let Some((mode, uid)) = self.dir else { return world };
        world.make_dir(self.roles.len() - 1, DIR).expect("made by root");
        let dir = world.paths[DIR];
        let inode = world.inodes.get_mut(&dir).expect("it was just made");
        (inode.mode, inode.uid) = (mode, uid);
        for (number, before) in self.before.iter().enumerate() {
            let ino = 500 + number as u64;
            let modified = world.wall() - before.age;
            let file = Inode {
                names: None,
                bytes: before.text.clone().into_bytes(),
                mode: before.mode,
                uid: before.uid,
                modified: modified / self.kind.tick * self.kind.tick,
                links: 1,
                open: 0,
                writer: None,
                locked_by: None,
            };
            world.inodes.insert(ino, file);
            world.inodes.get_mut(&dir).unwrap().names.as_mut().unwrap().insert(before.name.to_owned(), ino);
        }
        world
    }

    pub fn check(&self, world: &World) -> Check {
        let kin: Vec<_> = self.roles.iter().map(|role| role.kin).collect();
        let mut check = Check::new(&kin, self.patience);
        check.other_namespaces = self.name == "namespaces";
        check.clock_is_set = self.name == "clocks";
        check.is_sticky = self.name == "sticky";
        check.is_plain = matches!(&*self.name, "natives" | "natives and JS writers" | "one of each" | "all" | "builds");
        check.begin(world);
        check
    }

    pub fn parts(&self) -> Vec<(String, Part)> {
        let number = |kin, who| self.roles[..=who].iter().filter(|role: &&Role| role.kin == kin).count();
        let named = |(who, role): (usize, &Role)| {
            let is_caretaker = who == self.roles.len() - 1 && role.deeds.len() == 4;
            let name = match role.kin {
                _ if is_caretaker => "caretaker".to_owned(),
                Kin::Native => format!("native {}", number(Kin::Native, who)),
                Kin::Js => format!("JS {}", number(Kin::Js, who)),
                Kin::Engine => "engine".to_owned(),
                Kin::Mover => "mover".to_owned(),
            };
            let long = if role.kin == Kin::Native { usize::try_from(self.long).expect("small") } else { 0 };
            let role = role.clone();
            let part: Part = Box::new(move || play(who, role, long));
            (name, part)
        };
        self.roles.iter().enumerate().map(named).collect()
    }
}

/// Somebody with all rights, long after the others: its lock has to be free, and it sweeps.
pub fn caretaker(number: usize) -> Role {
    let mut process = process(number);
    process.pid = 999;
    Role { kin: Kin::Native, process, comes: 120 * SECOND, deeds: vec![(Deed::Append, 1); 4], rest: 0 }
}

fn deeds(random: &mut Random, kin: Kin, builds: bool) -> Vec<(Deed, u64)> {
    let mut deeds = Vec::new();
    let mut later = STAMPED;
    for _ in 0..=random.below(3) {
        later += random.pick(&[9, 10, 20, 10_000, 999_000]);
        let entries = random.pick(&[1, 1, 2, 3]);
        match kin {
            Kin::Mover => deeds.push((Deed::Move, random.below(4))),
            Kin::Engine => deeds.push((Deed::Reset(later), 0)),
            Kin::Native if builds || random.one_in(6) => {
                deeds.push((Deed::Mark, 0));
                deeds.push((Deed::Checkpoint(later, None), 0));
            }
            Kin::Native | Kin::Js => deeds.push(match random.below(8) {
                0 => (Deed::Reset(later), 0),
                1 => (Deed::Read, 0),
                2..5 => (Deed::Stamp(later), entries),
                _ => (Deed::Append, entries),
            }),
        }
    }
    deeds
}

/// Plays a role to its end.
fn play(who: usize, role: Role, long: usize) {
    if role.comes > 0 {
        sleep(role.comes);
    }
    let journal = Journal::in_dir(DIR);
    let mut position = Position::START;
    for (number, (deed, entries)) in role.deeds.into_iter().enumerate() {
        if number > 0 && role.rest > 0 {
            sleep(role.rest);
        }
        // One in each call is as long as asked, so that it lies over the end of a page, or of several.
        let name = |entry: u64| {
            let tail = if entry == 0 { "z".repeat(long) } else { String::new() };
            format!("w{who}-{number}-{entry}{tail}")
        };
        let names: Vec<_> = (0..entries).map(name).collect();
        let deed = match deed {
            Deed::Checkpoint(time, _) => Deed::Checkpoint(time, Some(position.to_string())),
            deed => deed,
        };
        let entered = if matches!(deed, Deed::Move) { Vec::new() } else { names.clone() };
        with(|stage| stage.check.begun(who, deed.clone(), entered, stage.world.now));
        let (end, fitted) = match role.kin {
            Kin::Native => native(who, &journal, &deed, &names, &mut position),
            Kin::Js => (by_js(who, &deed, &names), None),
            Kin::Engine => {
                let (Deed::Reset(time) | Deed::Stamp(time)) = deed else { continue };
                (
                    engine::write_header(&Node, "/p", time)
                        .map_or_else(|e| End::Failed(e.to_string()), |()| End::Acknowledged),
                    None,
                )
            }
            Kin::Mover => {
                moves(entries);
                (End::Acknowledged, None)
            }
        };
        with(|stage| {
            stage.check.ended(who, &end, fitted, stage.world.now);
            stage.say("ends", &|| format!("{deed:?}"), || format!("{end:?}"));
        });
    }
}

fn native(
    who: usize,
    journal: &Journal,
    deed: &Deed,
    names: &[String],
    position: &mut Position,
) -> (End, Option<bool>) {
    let entries: Vec<_> = names.iter().map(|name| Entry::changed(name)).collect();
    let found = |who, contents: &crate::Contents| {
        let names: Vec<_> = contents.changed().map(str::to_owned).collect();
        let time = contents.timestamp().to_string().parse().unwrap_or(0);
        with(|stage| stage.check.read(who, time, &names));
    };
    let result = match deed {
        Deed::Append => journal.append(&entries).map(|_| None),
        Deed::Stamp(time) => journal.append_and_stamp(&entries, &Timestamp::from(*time)).map(|_| None),
        Deed::Reset(time) => journal.reset(&Timestamp::from(*time)).map(|_| None),
        Deed::Mark => journal.mark().map(|mark| {
            *position = mark.position;
            journal.read().iter().for_each(|contents| found(who, contents));
            None
        }),
        Deed::Checkpoint(time, _) => {
            journal.checkpoint(*position, &Timestamp::from(*time)).map(|checkpoint| Some(checkpoint.fitted))
        }
        Deed::Read => {
            journal.read().iter().for_each(|contents| found(who, contents));
            Ok(None)
        }
        Deed::Move => Ok(None),
    };
    match result {
        Ok(fitted) => (End::Acknowledged, fitted),
        Err(Error::LockTimeout { .. }) => (End::TimedOut, None),
        Err(Error::Io { syscall, path, source }) => {
            (End::Failed(format!("{syscall} {}: {source}", path.display())), None)
        }
        Err(error) => (End::Failed(error.to_string()), None),
    }
}

fn by_js(who: usize, deed: &Deed, names: &[String]) -> End {
    let entries: Vec<_> = names.iter().map(|file| js::Entry { file: file.clone(), deleted: false }).collect();
    let result = match deed {
        Deed::Append => js::append(&Node, "/p", &entries),
        Deed::Stamp(time) => js::append_and_stamp(&Node, "/p", &entries, *time),
        Deed::Reset(time) => js::write_header(&Node, "/p", *time),
        _ => {
            if let Some(contents) = js::read(&Node, "/p") {
                with(|stage| stage.check.read(who, contents.timestamp as u64, &contents.changed));
            }
            return End::Acknowledged;
        }
    };
    match result {
        Ok(js::Written { warned: None }) => End::Acknowledged,
        Ok(js::Written { warned: Some(_) }) => End::Warned,
        Err(js::Thrown::Timeout) => End::TimedOut,
        Err(js::Thrown::System(failed)) => End::Failed(format!("{}: {}", failed.call, failed.error)),
    }
}

/// Removes the directory, moves it away, or puts a copy in its place.
fn moves(how: u64) {
    let moved = stage::call(
        "move",
        || DIR.to_owned(),
        |world, _| {
            let ways = [Away::Removed, Away::Moved, Away::Copied, Away::Linked];
            world.take_away(ROOT, ways[how as usize]);
            Ok::<(), std::io::Error>(())
        },
    );
    drop(moved);
}
