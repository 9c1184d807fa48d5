//! The benches in Rust, and criterion over those in C.
//!
//! ```sh
//! cargo bench -p prefect-secrets-benches                  # all questions
//! cargo bench -p prefect-secrets-benches -- chain         # one
//! cargo bench -p prefect-secrets-benches -- boundary/get  # what begins so
//! ```
//! With `--listen` it is a measuring program as `c/host.c` is one, for `cargo xtask bench`: each line
//! on its standard input is a loop and how often to run it, `chain/floor 100000`, and is answered
//! with nanoseconds. With `--serve` it is the server that answers at once.
#![allow(clippy::print_stdout, reason = "it answers who asked")]

mod boundary;
mod chain;
mod cloud;
mod isolation;
mod load;
mod measure;
mod values;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::time::Duration;

use criterion::{Criterion, SamplingMode};

use self::measure::Loop;

/// A question: its name, how many samples criterion takes of each loop, and the loops.
type Question = (&'static str, usize, fn() -> Vec<Loop>);

const QUESTIONS: [Question; 8] = [
    // What does the chain cost over the lookup that it makes?
    ("chain", 100, chain::loops),
    // What does a C program pay for a secret, beside doing it by hand?
    ("boundary", 100, boundary::loops),
    // What does opening a configuration cost?
    ("open", 100, load::open),
    // What does loading a plugin cost?
    ("load", 20, load::loops),
    // What does a secret of Prefect 3 cost, beside libcurl and beside Prefect's own client?
    ("cloud", 10, cloud::loops),
    // The same at the address that is given in the environment.
    ("at", 10, cloud::given),
    // What does a plugin in a process of its own cost?
    ("isolation", 20, isolation::loops),
    // What do the rules of values cost?
    ("values", 100, values::loops),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--listen") => listen(),
        Some("--serve") => cloud::serve(),
        _ => benches(&arguments),
    }
}

/// Criterion's runs. A word that begins with the name of a question chooses it; none means all.
fn benches(arguments: &[String]) {
    let named = |name: &str| {
        arguments.iter().any(|word| word.split('/').next().is_some_and(|first| first == name))
    };
    let any = QUESTIONS.iter().any(|(name, ..)| named(name));
    let mut criterion = Criterion::default().configure_from_args();
    for (name, samples, loops) in QUESTIONS {
        if name == "at" || any && !named(name) {
            continue;
        }
        let mut group = criterion.benchmark_group(name);
        group.sample_size(samples);
        if samples < 100 {
            // A warm-up that doubles until time has passed asks for more than some loops can do.
            group.warm_up_time(Duration::from_millis(100)).sampling_mode(SamplingMode::Flat);
        }
        for mut each in loops() {
            group.bench_function(&each.name, |bencher| bencher.iter_custom(&mut each.run));
        }
        group.finish();
    }
    criterion.final_summary();
}

/// Answers until the end of its input.
fn listen() {
    let mut open: BTreeMap<&str, Vec<Loop>> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("whoever asks writes text");
        let mut words = line.split_whitespace();
        let path = words.next().unwrap_or_default();
        let count = words.next().and_then(|word| word.parse().ok()).unwrap_or(1);
        let (question, name) = path.split_once('/').unwrap_or((path, ""));
        let Some((key, _, loops)) = QUESTIONS.iter().find(|(name, ..)| *name == question) else {
            println!("wrong: no question {question}");
            continue;
        };
        let loops = open.entry(key).or_insert_with(loops);
        match loops.iter_mut().find(|each| each.name == name) {
            Some(each) => println!("{}", (each.run)(count).as_nanos()),
            None => println!("wrong: no loop {path}"),
        }
    }
}
