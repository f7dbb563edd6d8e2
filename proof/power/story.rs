//! What a writer does, step by step, and what the journal is after each step. A seed decides both.

use codegraph_journal::{Entry, Error, Journal, Receipt, Timestamp};

const PREFIX: &str = "# codegraph-journal v1 ";
/// The header of a journal that was never stamped.
pub const PLACEHOLDER: &str = "# codegraph-journal v1 0\n";

const PAGE: usize = 4096;

/// One operation.
#[derive(Debug, Clone)]
pub enum Step {
    Append(Vec<String>),
    Stamp(Vec<String>),
    Reset,
}

/// All operations, and the journal after each.
#[derive(Debug)]
pub struct Story {
    random: Random,
    steps: Vec<Step>,
    /// `states[n]` is the journal after `n` steps. At first there is no journal.
    states: Vec<Option<String>>,
}

impl Story {
    pub fn of(seed: u64) -> Self {
        Self { random: Random(seed), steps: Vec::new(), states: vec![None] }
    }

    /// The step with this number, from 1.
    pub fn step(&mut self, number: usize) -> &Step {
        while self.steps.len() < number {
            let number = self.steps.len() + 1;
            let step = match self.random.below(13) {
                0..5 => Step::Append(self.entries(number)),
                5..10 => Step::Stamp(self.entries(number)),
                10 => Step::Stamp(Vec::new()),
                _ => Step::Reset,
            };
            self.states.push(Some(after(self.states[number - 1].as_deref(), &step, number)));
            self.steps.push(step);
        }
        &self.steps[number - 1]
    }

    /// The entries of a step: as a rule a few short ones, so that many steps share a page, and sometimes more than a page.
    fn entries(&mut self, step: usize) -> Vec<String> {
        let count = if self.random.below(10) == 0 { 60 } else { 1 + self.random.below(4) };
        (0..count).map(|index| format!("{step}/{index}/{}", "x".repeat(self.random.below(120)))).collect()
    }

    /// The journal after so many steps.
    pub fn state(&mut self, steps: usize) -> Option<&str> {
        if steps > 0 {
            self.step(steps);
        }
        self.states[steps].as_deref()
    }

    /// The entries in the journal after so many steps.
    pub fn lines(&mut self, steps: usize) -> Vec<String> {
        self.state(steps).map_or("", body).lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
    }

    /// The JS module's journal after so many steps: that module fills up no page.
    pub fn originals(&mut self, steps: usize) -> String {
        let lines = self.lines(steps).into_iter().map(|line| line + "\n").collect::<String>();
        let state = self.state(steps).unwrap_or_default();
        state[..state.len() - body(state).len()].to_owned() + &lines
    }
}

impl Step {
    pub fn run(&self, journal: &Journal, number: usize) -> Result<Receipt, Error> {
        match self {
            Self::Append(names) => journal.append(&entries(names)),
            Self::Stamp(names) => journal.append_and_stamp(&entries(names), &timestamp(number)),
            Self::Reset => journal.reset(&timestamp(number)),
        }
    }
}

fn entries(names: &[String]) -> Vec<Entry<'_>> {
    names.iter().map(|name| Entry::changed(name)).collect()
}

/// The timestamp of a step. Its high and its low digits differ from those of every other step.
pub fn timestamp(number: usize) -> Timestamp {
    (1_700_000_000_000 + 10_007 * number as u64).into()
}

/// The header that a step stamps.
pub fn header_of(number: usize) -> String {
    format!("{PREFIX}{}\n", timestamp(number))
}

fn after(state: Option<&str>, step: &Step, number: usize) -> String {
    let stamped = header_of(number);
    let lines = |names: &[String]| names.iter().flat_map(|name| [name, "\n"]).collect::<String>();
    match step {
        Step::Append(names) => match state {
            Some(state) => appended(state, &lines(names)),
            None => PLACEHOLDER.to_owned() + &lines(names),
        },
        // A header of another length can't be overwritten. So the journal is replaced, and a new file's pages are not filled up.
        Step::Stamp(names) => match state {
            Some(state) if !state.starts_with(PLACEHOLDER) => appended(&(stamped + body(state)), &lines(names)),
            _ => stamped + body(state.unwrap_or_default()) + &lines(names),
        },
        Step::Reset => stamped,
    }
}

/// The journal after an append in place. No line of the append lies across the end of a page: blanks and a newline fill up the page before it.
fn appended(state: &str, lines: &str) -> String {
    lines.split_inclusive('\n').fold(state.to_owned(), |state, line| {
        let left = PAGE - state.len() % PAGE;
        let fill = if line.len() > left { " ".repeat(left - 1) + "\n" } else { String::new() };
        state + &fill + line
    })
}

/// What stands behind the first line of a journal.
pub fn body(state: &str) -> &str {
    state.split_once('\n').map_or("", |(_, body)| body)
}

/// Numbers that follow from a seed (splitmix64).
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}
