//! The page, `benches/PEERS.md`.

use std::fmt::Write as _;

use super::place::{SECRETSPEC, SECRETSPEC_SILENT};
use super::results::{Beside, Fact, Peer, Results, Row, Table};
use crate::Outcome;
use crate::bench::markdown::{cell, machine};
use crate::bench::spread::Spread;
use crate::bench::unit::Unit;

const OPENING: &str = "# Others that do the same work

Written by `cargo xtask bench --peers`, which sets everybody up under `target/` and measures all of this again; a change
by hand is lost at the next run. The same figures for programs are in [peers.json](peers.json). Times are of one machine
and of one run; what carries over to another are the ratios.

**Method.** Everybody gets the same secrets: 1, 50 or 500 names, each value of 32 bytes, and none other is there. Each is
a program of its own in [peers](peers), that is all: `ours.c` and `by_secretspec.c` are plain C compiled with `-O2` and
linked with the two libraries; the others are short Python programs that use the package as its documentation says. Each
value is checked in the program, by its length and the sum of its bytes, in what is measured; then it is given back.
Everybody takes turns, a round of each after the other; a ratio is that of one round, and the tables have the median of the
rounds with the two quartiles. What is quick is repeated within a round for 20 ms, what takes long has three rounds.

*Ours, kept open*: a chain that was opened once, as a program would have it. What it has in memory it reads anew when it is
told to. *Ours, opened anew*: a chain opened, asked and closed each time, so that all of it is read anew, as SecretSpec and
pydantic-settings do at each call. For 50 and 500 names ours is one call (`get_many`), SecretSpec one call
(`secretspec_resolve`), a Python client one call for each name.

";

/// All of it.
pub(super) fn page(results: &Results) -> String {
    let mut page = OPENING.to_owned();
    page += &batches(results);
    page += "![50 secrets at once](pictures/peers.svg)\n\n";
    page += "## Where and who\n\n";
    page += &machine(&results.machine);
    page += &peers(&results.peers);
    for of in &results.tables {
        page += &table(of);
    }
    page += &facts(&results.facts);
    page.truncate(page.trim_end().len());
    page + "\n"
}

/// The question that the project asks itself.
fn batches(results: &Results) -> String {
    let mut text = String::from(
        "## Is it 100 times faster in batches than SecretSpec?\n\nThe function of SecretSpec reads everything anew at each \
         call. How often our time goes into its time, wall time in a process that runs:\n\n| from | names | beside \
         | ours, kept open | 100 times? | ours, opened anew | 100 times? |\n|---|--:|---|--:|---|--:|---|\n",
    );
    for (key, place) in [("warm-environment", "the environment"), ("warm-file", "a file")] {
        let Some(table) = results.tables.iter().find(|table| table.key == key) else { continue };
        let asked = [SECRETSPEC, SECRETSPEC_SILENT];
        let rows = table.rows.iter().filter(|row| asked.contains(&&*row.who));
        for row in rows.filter(|row| row.names.is_some_and(|names| names > 1)) {
            let _ = write!(text, "| {place} | {} | {} |", row.names.unwrap_or(0), row.who);
            for ours in &row.ours {
                text += &match (&row.theirs, ours) {
                    (Err(why), _) | (_, Err(why)) => format!(" | not measured: {} |", cell(why)),
                    (Ok(_), Ok(beside)) => verdict(beside),
                };
            }
            text.push('\n');
        }
    }
    text + "\n"
}

fn verdict(beside: &Beside) -> String {
    match beside.times {
        None => " | not measured |".to_owned(),
        Some(times) => {
            let answer = if times.median >= 100.0 { "yes" } else { "**no**" };
            format!(" {} | {answer} |", Unit::Times.show(times.median))
        }
    }
}

fn peers(peers: &[Peer]) -> String {
    let mut text = String::from("| who | version | from | |\n|---|---|---|---|\n");
    for Peer { who, version, from, missing } in peers {
        let missing = missing.as_ref().map(|why| format!("not to be had here: {}", cell(why)));
        let _ = writeln!(text, "| {who} | {version} | {from} | {} |", missing.unwrap_or_default());
    }
    text + "\n"
}

fn table(table: &Table) -> String {
    let mut text = format!("## {}\n\n{}\n\n", table.title, table.method);
    let counted = table.rows.iter().any(|row| row.names.is_some());
    text += if counted { "| names | who | theirs |" } else { "| who | theirs |" };
    for way in &table.ways {
        let _ = write!(text, " {way} | how many times |");
    }
    text += if counted { "\n|--:|---|--:|" } else { "\n|---|--:|" };
    text += &"--:|--:|".repeat(table.ways.len());
    text.push('\n');
    for row in &table.rows {
        text += &line(row, table.unit, counted);
    }
    text + "\n"
}

fn line(row: &Row, unit: Unit, counted: bool) -> String {
    let names = row.names.map(|names| names.to_string()).unwrap_or_default();
    let mut text = if counted { format!("| {names} | ") } else { "| ".to_owned() };
    let theirs =
        told(&row.theirs.as_ref().map(|spread| figure(unit, *spread)), "not to be had here");
    let _ = write!(text, "{} | {theirs} |", cell(&row.who));
    for ours in &row.ours {
        let beside = ours.as_ref().map(|beside| {
            let times = beside.times.map(|times| format!("**{}**", figure(Unit::Times, times)));
            format!("{} | {}", figure(unit, beside.ours), times.unwrap_or_default())
        });
        let _ = write!(text, " {} |", told(&beside, "failed"));
        if ours.is_err() {
            text += " |";
        }
    }
    text.push('\n');
    text
}

fn told(outcome: &Result<String, &String>, failure: &str) -> String {
    match outcome {
        Ok(text) => text.clone(),
        Err(why) => format!("{failure}: {}", cell(why)),
    }
}

fn figure(unit: Unit, spread: Spread) -> String {
    let Spread { lower, median, upper } = spread;
    let [lower, median, upper] = [lower, median, upper].map(|value| unit.show(value));
    if lower == upper {
        return median;
    }
    format!("{median} ({lower} to {upper})")
}

fn facts(facts: &[Fact]) -> String {
    let mut text = String::from(
        "## What is left in memory, and does a fork work?\n\nOne secret, got four times and held once. Copies of its \
         value are counted from outside, in all memory that the process can read: while it is held, and after everything \
         was given back (ours: released, and the chain closed; SecretSpec: wiped by the program, and freed; Python: no \
         reference left, and the garbage collected). Fork: a child of the process, which has used the library, gets the \
         same secret; after 10 seconds it hangs.\n\n| from | who | copies while held | copies left | a fork after use |\n\
         |---|---|--:|--:|---|\n",
    );
    for Fact { who, place, copies, fork } in facts {
        let (held, left) = match copies {
            Ok(copies) => (copies.held.to_string(), copies.left.to_string()),
            Err(why) => (format!("not shown: {}", cell(why)), String::new()),
        };
        let fork = match fork {
            Ok(word) => word.clone(),
            Err(why) => format!("not shown: {}", cell(why)),
        };
        let _ = writeln!(text, "| {place} | {who} | {held} | {left} | {fork} |");
    }
    text + "\n"
}

/// What was not measured, for a terminal.
pub(super) fn missing(results: &Results) -> Vec<String> {
    let peers = results.peers.iter().filter_map(|peer| Some((&peer.who, peer.missing.as_ref()?)));
    peers.map(|(who, why)| format!("{who} is not to be had here: {why}")).collect()
}

/// The figure of a row, or none.
pub(super) fn median(outcome: &Outcome<Spread>) -> Option<f64> {
    outcome.as_ref().ok().map(|spread| spread.median)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::peers::results::Copies;

    fn row(who: &str, theirs: Outcome<f64>, times: f64) -> Row {
        let times = theirs.is_ok().then(|| Spread::exactly(times));
        let beside = Beside { ours: Spread::exactly(2000.0), times };
        Row {
            names: Some(50),
            who: who.into(),
            theirs: theirs.map(Spread::exactly),
            ours: vec![Ok(beside), Err("it broke".into())],
        }
    }

    fn with(rows: Vec<Row>) -> Table {
        Table {
            key: "warm-file".into(),
            title: "Warm?".into(),
            method: "So.".into(),
            unit: Unit::Nanoseconds,
            ways: vec!["kept open".into(), "opened anew".into()],
            rows,
        }
    }

    #[test]
    fn a_row_says_ours_theirs_and_how_many_times() {
        let text = table(&with(vec![row("they", Ok(1e6), 500.0)]));
        let line = text.trim_end().lines().last().expect("a row");
        assert_eq!(line, "| 50 | they | 1.00 ms | 2.00 µs | **500 ×** | failed: it broke | |");
        let head = text.lines().nth(4).expect("a head");
        assert_eq!(head.matches('|').count(), line.matches('|').count());
    }

    #[test]
    fn who_is_not_there_has_a_row_with_the_reason() {
        let text = table(&with(vec![row("gone", Err("no | wheel".into()), 1.0)]));
        assert!(
            text.contains("| 50 | gone | not to be had here: no \\| wheel | 2.00 µs |  |"),
            "{text}"
        );
        let gone = Peer {
            who: "gone".into(),
            version: "1.0".into(),
            from: "PyPI".into(),
            missing: Some("no wheel".into()),
        };
        assert!(peers(&[gone]).contains("| gone | 1.0 | PyPI | not to be had here: no wheel |"));
    }

    #[test]
    fn the_answer_about_batches_is_what_was_measured() {
        let rows = vec![row(SECRETSPEC, Ok(1e6), 99.0), row(SECRETSPEC_SILENT, Ok(1e6), 100.0)];
        let results = Results {
            machine: crate::bench::machine::Machine::here(Vec::new()),
            peers: Vec::new(),
            tables: vec![with(rows)],
            facts: Vec::new(),
        };
        let text = batches(&results);
        assert!(text.contains("| a file | 50 | SecretSpec (C) | 99.0 × | **no** |"), "{text}");
        assert!(
            text.contains("audit log off | 100 × | yes | | not measured: it broke |"),
            "{text}"
        );
    }

    #[test]
    fn a_fact_that_cannot_be_shown_says_why() {
        let fact = |copies, fork| Fact { who: "x".into(), place: "a file".into(), copies, fork };
        let text = facts(&[
            fact(Ok(Copies { held: 2, left: 0 }), Ok("works".into())),
            fact(Err("gone".into()), Err("gone".into())),
        ]);
        assert!(text.contains("| a file | x | 2 | 0 | works |"));
        assert!(text.contains("| a file | x | not shown: gone |  | not shown: gone |"));
    }
}
