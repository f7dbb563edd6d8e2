//! The invariants of ARCHITECTURE.md that a search of the sources can hold.

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file without its tests, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut dirs = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.extend((!path.ends_with("tests")).then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.clone(), text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned()));
            }
        }
    }
    assert!(found.len() > 15, "the sources are not where they were");
    found
}

/// The files in whose code, comments aside, one of the words stands.
fn naming(words: &[&str]) -> Vec<String> {
    let code = |line: &&str| !line.trim_start().starts_with("//");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut names: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().filter(code).any(|line| words.iter().any(|word| line.contains(word))))
        .map(|(path, _)| path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"))
        .collect();
    names.sort();
    names
}

#[test]
fn text_does_no_io() {
    let pure = ["format/", "number.rs", "lock/claim.rs"];
    let doing: Vec<_> = naming(&["std::fs", "std::net", "File::", "sys::"]);
    assert!(doing.iter().all(|name| !pure.iter().any(|pure| name.starts_with(pure))), "{doing:?}");
}

#[test]
fn only_one_file_sleeps_or_looks_at_a_deadline() {
    let sleeping = ["thread::sleep", "thread::park", "Instant", "spin_loop", "yield_now", "recv_timeout"];
    assert_eq!(naming(&sleeping), ["lock/wait.rs"]);
}

#[test]
fn the_journal_is_opened_for_writing_in_one_file() {
    assert_eq!(
        naming(&["sys::open_to_write", "sys::open_to_append", "sys::append", "sys::overwrite"]),
        ["journal_file/open.rs"]
    );
}

#[test]
fn unsafe_is_confined() {
    let files = naming(&["unsafe {"]);
    assert_eq!(files, ["lock/unix/domain.rs", "lock/windows.rs", "sys/unix.rs", "sys/windows.rs"]);
}

#[test]
fn no_file_wants_scrolling() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 400, "{}", path.display());
    }
}

/// The names of the steps in the protocol's page.
fn steps() -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lock/mod.rs")).unwrap();
    let is_step =
        |line: &&str| line.strip_prefix("//! ").is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()));
    page.lines().filter(is_step).flat_map(|line| line.split("**").skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn the_model_has_the_steps_of_the_code() {
    let steps = steps();
    assert_eq!(steps.len(), 10, "{steps:?}");
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proof/model");

    let native = fs::read_to_string(model.join("native.pml")).unwrap();
    for step in &steps {
        let label = format!("\n{}:", step.to_uppercase().replace(' ', "_"));
        let is_there =
            native.contains(&label) || [":", " */"].iter().any(|end| native.contains(&format!("/* {step}{end}")));
        assert!(is_there, "{step} is not in native.pml");
    }

    let readme = fs::read_to_string(model.join("README.md")).unwrap();
    let rows = readme.lines().skip_while(|line| !line.starts_with("| step |")).skip(2);
    let names = rows.take_while(|line| line.starts_with("| ")).map(|line| line.split('|').nth(1).unwrap());
    let mut told: Vec<_> = names.flat_map(|names| names.split(',')).map(str::trim).collect();
    told.retain(|name| *name != "(the write)");
    told.sort_unstable();
    let mut steps: Vec<_> = steps.iter().map(String::as_str).collect();
    steps.sort_unstable();
    assert_eq!(told, steps);
}
