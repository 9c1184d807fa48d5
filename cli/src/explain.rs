//! `explain NAME`.

use std::fmt::Write as _;

use anstyle::Style;
use prefect_secrets_core::{Error, Explanation, LinkReport};

use crate::arguments::Explain;
use crate::columns::{Cell, Columns};
use crate::exit::Exit;
use crate::output::print;
use crate::plain::{is_obeyed, plain};
use crate::style::{BAD, Colours, FAINT, GOOD, WARNING, width};
use crate::units::{Marks, PER_NANOSECOND};
use crate::within::waiting;

pub(crate) fn run(explain: &Explain) -> Result<Exit, Error> {
    let (chain, deadline) = explain.asked.within.open()?;
    let name = &explain.asked.name;
    let explanation = waiting(&chain, "asking for", name, || chain.explain(name, &deadline))?;
    let text = if explain.json {
        explanation.to_json() + "\n"
    } else {
        table(&explanation, Colours::of_stdout())
    };
    print(&text)?;
    Ok(match explanation.outcome {
        "found" => Exit::Found,
        "absent" => Exit::NotFound,
        _ => Exit::Failure,
    })
}

/// The explanation as a person reads it: a row for each link, its reason below.
fn table(explanation: &Explanation, colours: Colours) -> String {
    let mut text = String::new();
    let outcome = colours.paint(style_of(explanation.outcome), explanation.outcome);
    let by =
        explanation.provider.as_deref().map_or_else(String::new, |p| format!(", {}", plain(p)));
    let _ = writeln!(text, "{:?}: {outcome}{by}", explanation.name);
    let marks = Marks::here();
    let mut columns = Columns::new(["PROVIDER", "ASKED", "OUTCOME", "TIME", "CONFIGURED"]);
    for link in &explanation.links {
        let time = match link.asked {
            true => marks.time(link.elapsed_ns.saturating_mul(PER_NANOSECOND)),
            false => "-".into(),
        };
        let (asked, outcome) = asked(link);
        let style = style_of(link.outcome);
        columns.row_with(
            [
                Cell::new(&link.provider),
                Cell::new(asked).style(if link.asked { Style::new() } else { FAINT }),
                Cell::new(outcome).style(style),
                Cell::number(&time),
                Cell::new(&link.configured),
            ],
            link.reason.as_deref(),
        );
    }
    text + &columns.show(colours, "  ", width())
}

/// Whether a link was asked, and what it said.
fn asked(link: &LinkReport) -> (&'static str, &'static str) {
    match (link.asked, link.outcome) {
        (true, outcome) => ("yes", outcome),
        (false, not @ ("skipped" | "not reached")) => (not, "-"),
        (false, outcome) => ("no", outcome),
    }
}

fn style_of(outcome: &str) -> Style {
    match outcome {
        "found" => GOOD,
        "absent" => WARNING,
        "skipped" | "not reached" => FAINT,
        _ => BAD,
    }
}

/// `name` as a shell takes it.
pub(crate) fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) {
        return name.into();
    }
    if !name.contains(is_obeyed) {
        return format!("-- '{}'", name.replace('\'', "'\\''"));
    }
    // What a terminal would take as a command is spelt, as bash and zsh read it.
    let spelt = name.chars().fold(String::new(), |mut spelt, c| {
        let _ = match c {
            '\\' | '\'' => write!(spelt, "\\{c}"),
            c if is_obeyed(c) => write!(spelt, "\\u{:04x}", u32::from(c)),
            c => write!(spelt, "{c}"),
        };
        spelt
    });
    format!("-- $'{spelt}'")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_takes_a_name_back() {
        for (name, text) in [
            ("DB", "DB"),
            ("", "-- ''"),
            ("-x", "-- '-x'"),
            ("it's", "-- 'it'\\''s'"),
            ("a\x1b[2J'\\", "-- $'a\\u001b[2J\\'\\\\'"),
            ("a\u{202e}b", "-- $'a\\u202eb'"),
        ] {
            assert_eq!(quoted(name), text);
        }
    }
}
