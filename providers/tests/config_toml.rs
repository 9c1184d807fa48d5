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

fn ours(home: &Home, bytes: &[u8]) -> Result<(), String> {
    let file = home.write("config.toml", bytes);
    let refused = |said: String| {
        if said.contains(MARKER) { Err("an error shows the file".to_owned()) } else { Ok(()) }
    };
    let chain = match (Opener::new().config_path(file).open(), expected(bytes)) {
        (Err(error), None) => return refused(format!("{error} {error:?}")),
        // TOML, but a `[secrets]` table that says something impossible.
        (Err(error), Some(_)) if error.what().contains("secrets") => {
            return refused(format!("{error} {error:?}"));
        }
        (Err(_), Some(_)) => return Err("refused, though it is TOML".into()),
        (Ok(_), None) => return Err("taken, though it is no TOML".into()),
        (Ok(chain), Some(strings)) => (chain, strings),
    };
    let (chain, strings) = chain;
    let Some(toml) = chain.links().iter().find(|link| link.provider().name() == "toml") else {
        return Ok(());
    };
    for (name, text) in strings {
        if name.contains('\0') {
            continue;
        }
        let secret = toml.provider().get(&name, &Deadline::default()).ok().flatten();
        if secret.is_none_or(|secret| secret.expose_text() != text.as_bytes()) {
            return Err(format!("{name:?} is not what the toml crate reads"));
        }
    }
    Ok(())
}

#[test]
fn whatever_the_file_holds() {
    let home = Home::new();
    if let Some(found) = hunt(|bytes| ours(&home, bytes)) {
        panic!("{found}");
    }
}

#[test]
fn a_planted_bug_is_found() {
    // The reader that one would write first: the error of the crate shows the line.
    let planted = |bytes: &[u8]| match std::str::from_utf8(bytes).map(str::parse::<toml::Table>) {
        Ok(Err(error)) if error.to_string().contains(MARKER) => {
            Err("an error shows the file".into())
        }
        _ => Ok(()),
    };
    let found = hunt(planted).expect("the hunt finds an error that shows the file");
    assert!(found.contains("an error shows the file"), "{found}");
}
