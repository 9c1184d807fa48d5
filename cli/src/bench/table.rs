//! A report as a person reads it.

use std::fmt::Write as _;

use super::meter::{FAR_CALLS, Place};
use super::report::{Report, Row};
use super::series::Figures;
use super::strip::Strips;
use crate::plain::plain;
use crate::units::{Marks, count};

/// How wide a histogram may be.
const STRIP: u32 = 64;

pub(crate) fn text(report: &Report, marks: Marks) -> String {
    let mut text = String::new();
    environment(&mut text, report, marks);
    names(&mut text, report);
    let table = Table::of(report, marks);
    table.rows(&mut text, "warm: a get, again and again", &report.warm);
    table.strips(&mut text, &report.warm);
    table.rows(&mut text, "cold: the first get of a chain that was just opened", &report.cold);
    if let Some(open) = &report.open {
        table.line(&mut text, "opening the chain", "", open);
    }
    if let Some(at_once) = &report.many.at_once {
        table.head(&mut text, &format!("all {} names", report.many.names));
        table.line(&mut text, "at once", "", at_once);
    }
    if let Some(one_at_a_time) = &report.many.one_at_a_time {
        table.line(&mut text, "one at a time", "", one_at_a_time);
    }
    failures(&mut text, report);
    notes(&mut text, report, marks);
    text
}

fn environment(text: &mut String, report: &Report, marks: Marks) {
    let of = &report.environment;
    let cores = of.cores.map_or_else(String::new, |cores| format!(", {cores} cores"));
    let processor = of.processor.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
    let load = of.load.map_or_else(String::new, |load| format!(", load {load:.2}"));
    let _ = writeln!(
        text,
        "prefect-secrets {} ({}) on {} {}{cores}{processor}{load}",
        of.program, of.build, of.system, of.machine
    );
    for (place, link) in of.chain.iter().enumerate() {
        let head = if place == 0 { "chain:" } else { "" };
        let kind = if link.is_plugin { " (plugin)" } else { "" };
        let skipped =
            link.skipped.as_ref().map_or_else(String::new, |why| format!(", skipped: {why}"));
        let said = format!("{}{kind}, {}{skipped}", link.provider, link.configured);
        let _ = writeln!(text, "{head:7}{}", plain(&said));
    }
    for (place, file) in of.files.iter().enumerate() {
        let head = if place == 0 { "files:" } else { "" };
        let _ = writeln!(text, "{head:7}{}", plain(file));
    }
    let most = of.count.map_or_else(String::new, |most| format!(", at most {most} calls a line"));
    let timeout = marks.time(of.timeout_ns.saturating_mul(1_000));
    let _ = writeln!(text, "limits: {} s in all, {timeout} a call{most}", of.seconds);
}

/// Which provider has which name.
fn names(text: &mut String, report: &Report) {
    let shown: Vec<String> = report.names.iter().map(|who| plain(&who.name)).collect();
    let width = shown.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let more = match report.names_left_out {
        0 => String::new(),
        more => format!(" (of {}: name those that you want)", shown.len() + more),
    };
    let _ = writeln!(text, "\n{} names{more}", shown.len());
    for (who, name) in report.names.iter().zip(shown) {
        let provider = plain(who.provider.as_deref().unwrap_or("nobody has it"));
        let failed = if who.outcome == "failed" { " failed" } else { "" };
        let shadowed = who.links.iter().filter(|link| {
            link.outcome == "found" && Some(&link.provider) != who.provider.as_ref()
        });
        let shadowed: Vec<String> = shadowed.map(|link| plain(&link.provider)).collect();
        let also = match shadowed.as_slice() {
            [] => String::new(),
            shadowed => format!("; {} has it too", shadowed.join(", ")),
        };
        let _ = writeln!(text, "  {name:width$}  {provider}{failed}{also}");
    }
}

/// Lines of one width.
struct Table {
    label: usize,
    marks: Marks,
}

impl Table {
    fn of(report: &Report, marks: Marks) -> Self {
        let rows = report.warm.iter().chain(&report.cold);
        let widths = rows.map(|row| label(row).chars().count());
        Self { label: widths.max().unwrap_or(0).max("opening the chain".len()), marks }
    }

    fn head(&self, text: &mut String, title: &str) {
        let _ = writeln!(
            text,
            "\n{title}\n  {:label$}  {:7}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>7}{:>9}",
            "",
            "",
            "p50",
            "p90",
            "p99",
            "min",
            "max",
            "calls",
            "batch",
            "a second",
            label = self.label,
        );
    }

    fn line(&self, text: &mut String, label: &str, outcome: &str, figures: &Figures) {
        let _ = write!(text, "  {label:width$}  {outcome:7}", width = self.label);
        for time in figures.exact {
            let _ = write!(text, "{:>9}", self.marks.time(time));
        }
        let batch = if figures.batch > 1 { figures.batch.to_string() } else { "-".into() };
        let (calls, rate) = (count(figures.calls), count(figures.calls_per_second));
        let _ = writeln!(text, "{calls:>9}{batch:>7}{rate:>9}");
    }

    fn rows(&self, text: &mut String, title: &str, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        self.head(text, title);
        for row in rows {
            self.line(text, &label(row), row.outcome, &row.figures);
        }
    }

    fn strips(&self, text: &mut String, rows: &[Row]) {
        let series = rows.iter().map(|row| row.figures.histogram.as_slice());
        let Some(strips) = Strips::over(series, STRIP) else { return };
        text.push('\n');
        for row in rows {
            let strip = strips.line(&row.figures.histogram, self.marks);
            let (label, width) = (label(row), self.label);
            let line = format!("  {label:width$}  {:7} {strip}", row.outcome);
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let _ = writeln!(
            text,
            "  {:width$}  {:7} {}",
            "",
            "",
            strips.axis(self.marks),
            width = self.label
        );
    }
}

/// Who was asked.
pub(crate) fn label(row: &Row) -> String {
    let provider = plain(row.provider.as_deref().unwrap_or("nobody"));
    if row.asked == "chain" { format!("chain: {provider}") } else { provider }
}

fn failures(text: &mut String, report: &Report) {
    if report.failures.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nfailures");
    for failure in &report.failures {
        let provider = plain(failure.provider.as_deref().unwrap_or("nobody asked"));
        let calls = failure.calls;
        let times = if calls == 1 { "once".into() } else { format!("{calls} times") };
        let said = plain(&format!("{}; {}", failure.what, failure.next_step));
        let _ = writeln!(text, "  {provider}: {}, {times}: {said}", failure.kind);
    }
}

fn notes(text: &mut String, report: &Report, marks: Marks) {
    let rows = || report.warm.iter().chain(&report.cold);
    let mut notes = Vec::new();
    if report.environment.build == "debug" {
        notes.push("This is a debug build: its times say nothing about a release.".to_owned());
    }
    match report.ended {
        "interrupted" => notes.push("It was interrupted: this is what there was.".to_owned()),
        "out of time" => {
            notes.push("The time was up before all was measured: --seconds gives more.".to_owned());
        }
        _ => {}
    }
    let all = [&report.many.at_once, &report.many.one_at_a_time];
    if rows().map(|row| &row.figures).chain(all.into_iter().flatten()).any(|f| f.batch > 1) {
        notes.push(
            "Calls too quick for the clock are measured in batches, and a time is the mean of one: what a \
             slow call takes is spread over its batch."
                .to_owned(),
        );
    }
    notes.push(format!(
        "One thread asks. Reading the clock takes {}, which is taken off.",
        marks.time(report.environment.clock_ns * 1_000)
    ));
    let mut far: Vec<&str> = report
        .warm
        .iter()
        .filter(|row| row.place == Place::Far)
        .filter_map(|row| row.provider.as_deref())
        .collect();
    far.dedup();
    far.sort_unstable();
    far.dedup();
    if report.environment.count.is_none() && !far.is_empty() {
        notes.push(plain(&format!(
            "May be far away, so asked {FAR_CALLS} times a line at most: {}. --count says otherwise.",
            far.join(", ")
        )));
    }
    if report.warm.iter().any(|row| row.figures.samples < 100) {
        notes.push("Of fewer than 100 calls the p99 is the slowest.".to_owned());
    }
    let _ = writeln!(text, "\n{}", notes.join("\n"));
}
