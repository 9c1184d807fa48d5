//! `explain NAME`.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;
use prefect_secrets_core::{Error, Explanation};

use crate::arguments::Explain;
use crate::exit::Exit;
use crate::output::print;
use crate::style::{BAD, Colours, FAINT, GOOD, HEAD, WARNING};

pub(crate) fn run(explain: &Explain) -> Result<Exit, Error> {
    let (chain, deadline) = explain.asked.within.open()?;
    let explanation = chain.explain(&explain.asked.name, &deadline)?;
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
    let by = explanation.provider.as_deref().map_or_else(String::new, |p| format!(", {p}"));
    let _ = writeln!(text, "{:?}: {outcome}{by}", explanation.name);
    let width = explanation.links.iter().map(|link| link.provider.len());
    let width = width.max().unwrap_or(0).max("PROVIDER".len());
    let head = format!("{:width$}  {:11}  {:>12}  CONFIGURED", "PROVIDER", "OUTCOME", "TIME");
    let _ = writeln!(text, "  {}", colours.paint(HEAD, head));
    for link in &explanation.links {
        let time = match link.asked {
            true => format!("{:?}", Duration::from_nanos(link.elapsed_ns)),
            false => "-".into(),
        };
        let outcome = colours.paint(style_of(link.outcome), format!("{:11}", link.outcome));
        let (provider, configured) = (&link.provider, &link.configured);
        let _ = writeln!(text, "  {provider:width$}  {outcome}  {time:>12}  {configured}");
        if let Some(reason) = &link.reason {
            let _ = writeln!(text, "  {:width$}    {reason}", "");
        }
    }
    text
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
    format!("-- '{}'", name.replace('\'', "'\\''"))
}
