//! `cargo xtask bench`: what a secret costs, in one run.
//!
//! Loops run in programs of their own, in C, Go and Rust (`benches/`), which answer commands with
//! nanoseconds; here is who asks them in turns ([`rounds`]), for each question ([`questions`]) and each
//! size ([`scale`]). What came out ([`report`]) is written as JSON, as a page and as pictures.

mod aims;
mod curve;
#[cfg(test)]
mod fixture;
mod instructions;
mod lab;
mod machine;
mod markdown;
mod peers;
mod picture;
mod questions;
mod report;
mod rounds;
mod row;
mod scale;
mod spread;
mod terminal;
mod unit;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use prefect_secrets_testing::{go, workspace};

use self::lab::Lab;
use self::machine::{Machine, said};
use self::report::{Report, Run};
use self::rounds::Effort;
use crate::Outcome;
use crate::stage::{cargo, finish};

/// What is measured.
#[derive(Args)]
pub(crate) struct What {
    /// In under two minutes, what a C and a Go program measure; prints ratios and writes nothing
    #[arg(long)]
    quick: bool,
    /// Others that do the same work, each set up from where it is published
    #[arg(long, conflicts_with = "quick")]
    peers: bool,
    /// How many instructions each path takes; fails if one has grown by over 3 %
    #[arg(long, conflicts_with_all = ["quick", "peers"])]
    instructions: bool,
    #[command(flatten)]
    how: instructions::How,
}

const QUICK: Effort = Effort { rounds: 41, round: 1e6 };
const FULL: Effort = Effort { rounds: 151, round: 2e6 };

pub(crate) fn run(what: &What) -> Outcome {
    let start = Instant::now();
    let outcome = match what {
        What { peers: true, .. } => peers::run(),
        What { quick: true, .. } => quick(),
        What { instructions: true, how, .. } => instructions::run(how),
        _ => full(),
    };
    println!("== {:.0} s in all", start.elapsed().as_secs_f64());
    outcome
}

/// Prints ratios. No time fails it.
fn quick() -> Outcome {
    let lab = Lab::with_any_library(QUICK)?;
    let questions = questions::quick(&lab);
    let rows = questions.iter().flat_map(|question| &question.rows);
    println!("\n{}", terminal::table(rows));
    Ok(())
}

/// Measures everything, and writes it into `benches/`.
fn full() -> Outcome {
    let lab = Lab::new(FULL)?;
    let rust = rust()?;
    // Of the commit, before this run changes files of it.
    let mut machine = Machine::here(Vec::new());
    let questions = questions::all(&lab, &rust);
    let curves = scale::all(&lab)?;
    if let Some(go) = go::find() {
        machine.versions.push(("Go".into(), said(&go.to_string_lossy(), &["version"])));
    }
    machine.finished();
    let rows = || questions.iter().flat_map(|question| &question.rows);
    println!("\n{}", terminal::table(rows()));
    let missing: Vec<_> = aims::keys().filter(|key| !rows().any(|row| row.key == *key)).collect();
    let mut report = Report::read()?;
    report.floors = Some(Run { machine, questions, curves });
    report.write()?;
    println!("   written: benches/RESULTS.md, results.json, pictures");
    if missing.is_empty() { Ok(()) } else { Err(format!("no rows: {}", missing.join(", "))) }
}

/// The benches in Rust, built as what people link is.
fn rust() -> Outcome<PathBuf> {
    println!("   building the benches in Rust (optimised: the first time takes some minutes)");
    let arguments = ["bench", "--package=prefect-secrets-benches", "--bench=questions", "--no-run"];
    finish(&mut cargo(&arguments))?;
    let output = cargo(&arguments)
        .arg("--message-format=json")
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    let program = messages.into_iter().find_map(|message: serde_json::Value| {
        let named = message["target"]["name"] == "questions";
        named.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
    });
    program.ok_or_else(|| format!("cargo in {} names no program", workspace().display()))
}
