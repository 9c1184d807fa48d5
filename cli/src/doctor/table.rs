//! The report as a person reads it.

use std::fmt::Write as _;

use anstyle::Style;

use super::report::{Outcome, Report};
use crate::plain::plain;
use crate::style::{BAD, Colours, FAINT, GOOD, HEAD, WARNING};

/// A line for each thing that was examined, under its area; what to do about it below.
pub(super) fn of(report: &Report, colours: Colours) -> String {
    let mut text = String::new();
    let width = report.checks.iter().map(|check| plain(&check.subject).chars().count()).max();
    let width = width.unwrap_or(0).min(24);
    let mut area = "";
    for check in &report.checks {
        if check.area != area {
            area = check.area;
            let _ = writeln!(text, "{}", colours.paint(HEAD, area));
        }
        let outcome = format!("{:7}", check.outcome.as_str());
        let outcome = colours.paint(style_of(check.outcome), outcome);
        let (subject, what) = (plain(&check.subject), plain(&check.what));
        let _ = writeln!(text, "  {outcome}  {subject:width$}  {what}");
        if let Some(next_step) = &check.next_step {
            let _ = writeln!(text, "  {:7}  {:width$}  -> {}", "", "", plain(next_step));
        }
    }
    let (broken, warnings) = (report.count(Outcome::Broken), report.count(Outcome::Warning));
    let said = match (broken, warnings) {
        (0, 0) => "Nothing is broken.".into(),
        (0, n) => format!("Nothing is broken; {n} {}.", plural(n)),
        (b, 0) => format!("{b} broken."),
        (b, n) => format!("{b} broken; {n} {}.", plural(n)),
    };
    let _ = writeln!(text, "{}", colours.paint(style_of(report.outcome()), said));
    text
}

fn plural(warnings: usize) -> &'static str {
    if warnings == 1 { "warning" } else { "warnings" }
}

fn style_of(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Skipped => FAINT,
        Outcome::Ok => GOOD,
        Outcome::Warning => WARNING,
        Outcome::Broken => BAD,
    }
}
