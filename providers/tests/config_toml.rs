//! Any bytes as `config.toml`: what the `toml` crate reads is what we read, what it refuses we
//! refuse, and no error shows what stands in the file.
//!
//! Starts from the files in `corpus/config_toml` and mutates them. `PREFECT_SECRETS_FULL` runs
//! a hundred times as many.

use std::fs;
use std::path::Path;

use prefect_secrets_core::Deadline;
use prefect_secrets_providers::Opener;
use prefect_secrets_testing::Home;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

/// Stands in every file of the corpus, and may stand in no error.
const MARKER: &str = "hunter2";

/// Bytes that mean something to TOML.
const DICTIONARY: [&str; 18] = [
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\u00",
    "\\",
    "\n",
    "\r",
    "\0",
    "context.secrets",
];

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/config_toml");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// A file of the corpus after up to six mutations.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let mutation = (any::<prop::sample::Index>(), 0..4u8, any::<u8>(), 0..DICTIONARY.len());
    (prop::sample::select(corpus()), prop::collection::vec(mutation, 0..6)).prop_map(
        |(mut bytes, mutations)| {
            for (place, kind, byte, word) in mutations {
                let at = place.index(bytes.len() + 1);
                match kind {
                    0 if at < bytes.len() => bytes[at] = byte,
                    1 => drop(bytes.splice(at..at, DICTIONARY[word].bytes())),
                    2 => drop(bytes.drain(at..(at + usize::from(byte) % 16).min(bytes.len()))),
                    _ => {
                        let end = (at + usize::from(byte) % 32).min(bytes.len());
                        let again = bytes[at..end].to_vec();
                        bytes.splice(at..at, again);
                    }
                }
            }
            bytes
        },
    )
}

/// Runs `check` on many files; the first one that it refuses, if any, made small.
fn hunt(check: impl Fn(&[u8]) -> Result<(), String>) -> Option<String> {
    let cases = if std::env::var_os("PREFECT_SECRETS_FULL").is_some() { 50_000 } else { 500 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&mutated(), |bytes| check(&bytes).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(why, bytes)) => {
            Some(format!("{why}: {:?}", String::from_utf8_lossy(&bytes)))
        }
        Err(TestError::Abort(why)) => panic!("the hunt gave up: {why}"),
    }
}

/// The secrets that are strings, as the `toml` crate reads them.
fn expected(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let table: toml::Table = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    let secrets = table.get("context").and_then(|c| c.get("secrets")).and_then(|s| s.as_table());
    let strings = secrets
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Some(strings.collect())
}

/// What a reader makes of a file: the text of each string by its name, or an error as it is said.
type Read = Result<Box<dyn Fn(&str) -> Option<Vec<u8>>>, String>;

/// Our reader. `None` for a file whose chain leaves TOML out.
fn ours(home: &Home, bytes: &[u8]) -> Option<Read> {
    let file = home.write("config.toml", bytes);
    let path = file.display().to_string();
    let chain = match Opener::new().config_path(file).open() {
        Ok(chain) => chain,
        Err(error) => return Some(Err(format!("{error} {error:?}").replace(&path, "FILE"))),
    };
    chain.links().iter().find(|link| link.provider().name() == "toml")?;
    Some(Ok(Box::new(move |name| {
        let toml = chain.links().iter().find(|link| link.provider().name() == "toml")?;
        let secret = toml.provider().get(name, &Deadline::default()).ok()??;
        Some(secret.expose_text().to_vec())
    })))
}

/// Compares what was read with what the `toml` crate reads. `true` if secrets were compared.
fn judge(bytes: &[u8], read: Option<Read>) -> Result<bool, String> {
    let (read, strings) = match (read, expected(bytes)) {
        (None, _) => return Ok(false),
        (Some(Err(said)), _) if said.contains(MARKER) => {
            return Err("an error shows the file".into());
        }
        (Some(Err(_)), None) => return Ok(false),
        // TOML, but a `[secrets]` table that says something impossible.
        (Some(Err(said)), Some(_)) if said.contains("[secrets") || said.contains("secrets.") => {
            return Ok(false);
        }
        (Some(Err(_)), Some(_)) => return Err("refused, though it is TOML".into()),
        (Some(Ok(_)), None) => return Err("taken, though it is no TOML".into()),
        (Some(Ok(read)), Some(strings)) => (read, strings),
    };
    let mut compared = false;
    for (name, text) in strings {
        // What is expanded is another test's business, and a name with a NUL is nobody's.
        if name.contains('\0') || text.contains(['$', '~', '\\']) {
            continue;
        }
        if read(&name).is_none_or(|ours| ours != text.as_bytes()) {
            return Err(format!("{name:?} is not what the toml crate reads"));
        }
        compared = true;
    }
    Ok(compared)
}

#[test]
fn whatever_the_file_holds() {
    let home = Home::new();
    let compared = std::cell::Cell::new(0);
    let found = hunt(|bytes| {
        let some = judge(bytes, ours(&home, bytes))?;
        compared.set(compared.get() + usize::from(some));
        Ok(())
    });
    assert_eq!(found, None);
    assert!(compared.get() > 20, "secrets of {} files only were compared", compared.get());
}

/// Runs the hunt on a reader with a bug in it, and tells what it found.
fn hunt_for(bug: impl Fn(&[u8], Option<Read>) -> Option<Read>) -> String {
    let home = Home::new();
    let found = hunt(|bytes| judge(bytes, bug(bytes, ours(&home, bytes))).map(|_| ()));
    found.expect("the hunt finds the bug that was planted")
}

#[test]
fn a_planted_bug_is_found() {
    // The reader that one would write first: the error of the crate shows the line.
    let shows =
        hunt_for(|bytes, read| match std::str::from_utf8(bytes).map(str::parse::<toml::Table>) {
            Ok(Err(error)) => Some(Err(error.to_string())),
            _ => read,
        });
    assert!(shows.contains("an error shows the file"), "{shows}");
    let refuses = hunt_for(|bytes, read| match bytes {
        [] => read,
        _ => Some(Err("FILE is not TOML".into())),
    });
    assert!(refuses.contains("refused, though it is TOML"), "{refuses}");
    let drops = hunt_for(|_, read| match read {
        Some(Ok(read)) => Some(Ok(Box::new(move |name| read(name).filter(|_| name != "A")))),
        other => other,
    });
    assert!(drops.contains("is not what the toml crate reads"), "{drops}");
    let takes = hunt_for(|bytes, read| match (expected(bytes), read) {
        (None, Some(Err(_))) => Some(Ok(Box::new(|_| None))),
        (_, read) => read,
    });
    assert!(takes.contains("taken, though it is no TOML"), "{takes}");
}
