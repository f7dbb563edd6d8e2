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
                found.push((path.clone(), text.split("\nmod tests {").next().unwrap().to_owned()));
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

/// Nobody calls the system but `sys`, so that the simulation sees each call.
#[test]
fn only_one_folder_calls_the_system() {
    let calls =
        ["std::fs", "std::net", "std::process", "std::thread", "SystemTime::now", "Instant::now", "rustix", "rand::"];
    let calling = naming(&calls);
    assert!(calling.iter().all(|name| name.starts_with("sys/")), "{calling:?}");
}

#[test]
fn text_does_no_io() {
    let doing = naming(&["sys::"]);
    assert!(doing.iter().all(|name| !name.starts_with("format/") || name == "format/timestamp.rs"), "{doing:?}");
    assert!(!doing.iter().any(|name| name == "number.rs"));
}

#[test]
fn only_one_file_sleeps() {
    assert_eq!(naming(&["sys::sleep"]), ["lock/wait.rs"]);
}

#[test]
fn the_journal_is_opened_for_writing_in_one_file() {
    let opening: Vec<_> = naming(&["Access::Write", "Access::Append"]);
    let others: Vec<_> = opening.iter().filter(|name| name.starts_with("journal_file/")).collect();
    assert_eq!(others, ["journal_file/open.rs"]);
}

#[test]
fn unsafe_is_confined() {
    assert_eq!(naming(&["unsafe {"]), ["sys/unix.rs", "sys/windows/handle.rs"]);
}

#[test]
fn no_file_wants_scrolling() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 400, "{}", path.display());
    }
}
