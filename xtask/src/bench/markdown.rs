//! The page, `benches/RESULTS.md`, made from the results.

use std::fmt::Write as _;

use super::machine::Machine;
use super::report::{Question, Report, Run};
use super::row::{Aim, Better, Row, Verdict};
use super::unit::Unit;

const OPENING: &str = "# What a secret costs

Written by `cargo xtask bench`; a change by hand is lost at the next run. The same figures for programs are in
[results.json](results.json). Times are of one machine; what carries over to another are the ratios to a floor that was
measured in the same run.

";

/// All of it.
pub(crate) fn page(report: &Report) -> String {
    let mut page = OPENING.to_owned();
    if let Some(run) = &report.floors {
        page += METHOD;
        page += &summary(run);
        page += &machine(&run.machine);
        run.questions.iter().for_each(|of| page += &question(of));
        for curve in &run.curves {
            let _ = writeln!(page, "### {}\n\n{}\n", curve.title, curve.sentence);
            let _ = writeln!(page, "![{}](pictures/{}.svg)\n", curve.title, curve.key);
        }
    }
    page
}

const METHOD: &str = "## Beside floors

**Method.** A *floor* is the least that a program could do for the same answer without this library: a program in C
that is compiled with `-O2` ([host.c](c/host.c)), or the bare call. Floor and path take turns, a round of each after the
other; each round gives one ratio, and the table has the median of those with the two quartiles, so that what else the
machine does meets both. Time is the CPU time of the thread, but for what waits for a network or another process, which
is wall time. Inside each loop, of floor and path alike, every value is checked by its length and the sum of its bytes;
and everything that a user pays for is in it: the release of the secret, the wiping of a buffer, the deadline.

*Aim* is what the path should reach, *limit* what it must not pass. `cargo xtask bench` runs all of this again.

";

/// How many rows are where they should be, and which are not.
fn summary(run: &Run) -> String {
    let rows = || run.questions.iter().flat_map(|question| &question.rows);
    let count = |verdict| rows().filter(|row| row.verdict() == verdict).count();
    let aimed = rows().filter(|row| row.aim.is_some()).count();
    let mut text = format!(
        "Of {aimed} rows with an aim {} reach it, {} are short of it, {} are past their limit and {} were not measured.\n\n",
        count(Verdict::Reached),
        count(Verdict::ShortOfTheAim),
        count(Verdict::PastTheLimit),
        rows().filter(|row| row.aim.is_some() && row.measured.is_err()).count(),
    );
    text += "![The ratio of each path to its floor](pictures/ratios.svg)\n\n";
    text
}

/// Where was measured, as a table.
pub(crate) fn machine(machine: &Machine) -> String {
    let versions = machine.versions.iter().map(|(name, version)| format!("{name}: {version}"));
    let lines = [
        ("Machine", format!("{}, {} cores", machine.cpu, machine.cores)),
        ("System", format!("{}, {}", machine.kernel, machine.c_library)),
        ("Versions", versions.collect::<Vec<_>>().join("; ")),
        ("Commit", machine.commit.clone()),
        ("Date", machine.date.clone()),
        (
            "Load of the machine",
            format!(
                "{} before, {} after (programs that want a core)",
                machine.load_before, machine.load_after
            ),
        ),
    ];
    let mut text = String::from("| | |\n|---|---|\n");
    for (name, value) in lines {
        let _ = writeln!(text, "| {name} | {} |", cell(&value));
    }
    text + "\n"
}

fn question(question: &Question) -> String {
    let mut text = format!("### {}\n\n", question.title);
    if !question.method.is_empty() {
        let _ = writeln!(text, "{}\n", question.method);
    }
    text += "| path | ours | floor | | figure | quartiles | aim | limit | |\n";
    text += "|---|--:|---|--:|--:|---|--:|--:|---|\n";
    for row in &question.rows {
        text += &line(row);
    }
    text.push('\n');
    for row in &question.rows {
        match (&row.remark, row.verdict()) {
            (Some(remark), _) => {
                let _ = writeln!(text, "- *{}*: {remark}", row.path);
            }
            (None, Verdict::ShortOfTheAim | Verdict::PastTheLimit) => {
                let _ =
                    writeln!(text, "- *{}*: nobody has said yet where the time goes.", row.path);
            }
            _ => {}
        }
    }
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
    text
}

fn line(row: &Row) -> String {
    let (aim, limit) = bounds(row);
    let verdict = match row.verdict() {
        Verdict::PastTheLimit => format!("**{}**", Verdict::PastTheLimit.words()),
        verdict => verdict.words().to_owned(),
    };
    let path = cell(&row.path);
    match &row.measured {
        Err(why) => format!(
            "| {path} | | {} | | | | {aim} | {limit} | {verdict}: {} |\n",
            cell(&row.floor),
            cell(why)
        ),
        Ok(measured) => format!(
            "| {path} | {} | {} | {} | **{}** | {} | {aim} | {limit} | {verdict} |\n",
            row.unit.of_the_parts().show(measured.ours),
            cell(&row.floor),
            measured.floor.map(|floor| row.unit.of_the_parts().show(floor)).unwrap_or_default(),
            row.unit.show(measured.figure.median),
            quartiles(row.unit, measured.figure.lower, measured.figure.upper),
        ),
    }
}

fn quartiles(unit: Unit, lower: f64, upper: f64) -> String {
    if lower == upper {
        return String::new();
    }
    format!("{} to {}", unit.show(lower), unit.show(upper))
}

/// The aim and the limit, as a reader sees them.
pub(crate) fn bounds(row: &Row) -> (String, String) {
    let Some(Aim { aim, limit, better }) = row.aim else { return Default::default() };
    let sign = match better {
        Better::Lower => "≤",
        Better::Higher => "≥",
    };
    (format!("{sign} {}", row.unit.show(aim)), format!("{sign} {}", row.unit.show(limit)))
}

/// Text that stays within its cell.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use crate::bench::fixture;

    #[test]
    fn the_page_says_what_was_measured_and_where() {
        let page = super::page(&fixture::report());
        for expected in [
            "Of 5 rows with an aim 1 reach it, 2 are short of it, 1 are past their limit and 1 were not measured.",
            "| Machine | a CPU, 2 cores |",
            "| the path reached | 25.0 ns | a \\| floor | 25.0 ns | **1.00 ×** | 0.900 × to 1.10 × | ≤ 1.00 × | ≤ 1.30 × | reached |",
            "| ≤ 1.30 × | short of the aim |",
            "| ≤ 1.30 × | **PAST THE LIMIT** |",
            "| **7.00 ×** | 6.30 × to 7.70 × |  |  |  |",
            "| not measured: there is no Go |",
            "- *the path explained*: The time goes into a lock.",
            "- *the path unexplained*: nobody has said yet where the time goes.",
            "It grows by 1.1 ×.\n\n![It grows](pictures/growing.svg)",
        ] {
            assert!(page.contains(expected), "{expected} is not in\n{page}");
        }
        assert!(!page.contains("*the path reached*"));
    }
}
