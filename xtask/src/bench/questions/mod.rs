//! What is asked. Each file has one question, or two that need the same programs.

mod chain;
mod cloud;
mod go;
mod hits;
mod isolation;
mod library;
mod loading;
mod many;
mod threads;
mod whole;

use std::path::Path;
use std::time::Instant;

pub(super) use hits::place;

use super::aims;
use super::lab::Lab;
use super::report::Question;
use super::row::{Measured, Row};
use crate::Outcome;

/// What a C and a Go program measure by themselves.
pub(crate) fn quick(lab: &Lab) -> Vec<Question> {
    vec![
        hits::question(lab),
        chain::in_c(lab),
        many::question(lab),
        threads::question(lab),
        go::question(lab),
        loading::of_c(lab),
        library::opening(lab),
        whole::question(lab),
        library::left(lab),
    ]
}

/// All of them. `rust` is the program of the benches in Rust.
pub(crate) fn all(lab: &Lab, rust: &Path) -> Vec<Question> {
    vec![
        hits::with_rust(lab, rust),
        chain::all(lab, rust),
        many::question(lab),
        threads::question(lab),
        go::question(lab),
        loading::all(lab, rust),
        library::opening(lab),
        whole::question(lab),
        cloud::question(lab, rust),
        isolation::question(lab, rust),
        library::all(lab),
    ]
}

/// Collects rows, and says each as it comes.
struct Rows {
    rows: Vec<Row>,
    since: Instant,
}

impl Rows {
    fn of(title: &str) -> Self {
        println!("== {title}");
        Self { rows: Vec::new(), since: Instant::now() }
    }

    fn add(&mut self, key: &str, measured: Outcome<Measured>) -> &mut Row {
        let row = aims::measured(key, measured);
        let taken = self.since.elapsed().as_secs_f64();
        match &row.measured {
            Ok(measured) => println!(
                "   {taken:>5.1} s  {}: {}  {}",
                row.path,
                row.unit.show(measured.figure.median),
                row.verdict().words()
            ),
            Err(why) => println!("   {taken:>5.1} s  {}: not measured: {why}", row.path),
        }
        self.since = Instant::now();
        self.rows.push(row);
        self.rows.last_mut().expect("just pushed")
    }

    fn question(self, title: &str, method: &str) -> Question {
        Question { title: title.into(), method: method.into(), rows: self.rows }
    }
}
