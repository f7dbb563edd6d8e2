//! `npm run simulate`: see README.md.

use codegraph_journal_simulation::simulation::run;
use std::time::Duration;

/// Runs the command, and exits with 1 if a promise is broken.
pub fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    if let Some(seed) = value("--seed").filter(|_| arguments.iter().any(|argument| argument == "--tell")) {
        show(&run::tell(seed));
        return;
    }
    let seconds = value("--minutes").map_or_else(|| value("--seconds").unwrap_or(20), |minutes| 60 * minutes);
    let mut failures = 0;
    // Half an hour is more than the largest of them takes.
    for (name, scene) in run::casts().iter().filter(|_| value("--minutes").is_some()) {
        let (schedules, states, whole, failure) = run::exhaust(name, scene, 1, Duration::from_secs(1800));
        println!("{name}: {schedules} schedules, {states} states{}", if whole { ", all of them" } else { "" });
        if let Some(failure) = failure {
            failures += 1;
            show(&failure);
        }
    }
    let mut figures = run::Figures::default();
    let most = value("--most").and_then(|most| most.try_into().ok()).unwrap_or(1);
    let found = run::random(value("--seed").unwrap_or(1), Duration::from_secs(seconds), most, &mut figures);
    println!(
        "{} random schedules, {} calls, {} faults, {} different ends",
        figures.schedules,
        figures.calls,
        figures.faults,
        figures.states.len()
    );
    for (exception, count) in &figures.excused {
        println!("  seen, as lock/mod.rs tells: {exception}: {count}");
    }
    for failure in &found {
        show(failure);
    }
    failures += found.len();
    println!("{failures} promises broken");
    std::process::exit(i32::from(failures > 0));
}

fn show(failure: &codegraph_journal_simulation::simulation::run::Failure) {
    println!(
        "\nBROKEN: {}\n  {}\n  scene {:?}, seed {}: npm run simulate -- --tell --seed {}",
        failure.promise, failure.what, failure.scene, failure.seed, failure.seed
    );
    for line in &failure.story {
        println!("  {line}");
    }
}
