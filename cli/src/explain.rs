//! `explain NAME`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use prefect_secrets_core::{Error, Explanation, Kind};

use crate::arguments::Explain;
use crate::exit::Exit;

pub(crate) fn run(explain: &Explain) -> Result<Exit, Error> {
    let (chain, deadline) = explain.asked.within.open()?;
    let explanation = chain.explain(&explain.asked.name, &deadline)?;
    let text = if explain.json { explanation.to_json() + "\n" } else { table(&explanation) };
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| {
        let what = format!("the explanation could not be written to stdout: {error}");
        Error::new(Kind::Unavailable, what, "look at what reads it")
    })?;
    Ok(match explanation.outcome {
        "found" => Exit::Found,
        "absent" => Exit::NotFound,
        _ => Exit::Failure,
    })
}

/// The explanation as a person reads it: a line for each link, the reasons below.
fn table(explanation: &Explanation) -> String {
    let mut text = String::new();
    let by = explanation.provider.as_deref().map_or_else(String::new, |p| format!(", {p}"));
    let _ = writeln!(text, "{:?}: {}{by}", explanation.name, explanation.outcome);
    let width = explanation.links.iter().map(|link| link.provider.len()).max().unwrap_or(0);
    for link in &explanation.links {
        let time = if link.asked {
            format!("{:?}", Duration::from_nanos(link.elapsed_ns))
        } else {
            "-".into()
        };
        let _ = writeln!(
            text,
            "  {:width$}  {:11}  {time:>12}  {}",
            link.provider, link.outcome, link.configured
        );
        if let Some(reason) = &link.reason {
            let _ = writeln!(text, "  {:width$}    {reason}", "");
        }
    }
    text
}

/// `name` as a shell takes it.
pub(crate) fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) {
        return name.into();
    }
    format!("-- '{}'", name.replace('\'', "'\\''"))
}
