//! Whether each provider of the chain answers.

use std::time::{Duration, Instant};

use prefect_secrets_core::{Chain, Deadline, Error, Link, OnError};
use prefect_secrets_providers::local::Snapshot;

use super::plugins;
use super::report::{Outcome, Report};
use crate::progress::Progress;

const AREA: &str = "providers";
/// The name that is asked for. Whether anybody has it does not matter; it is spelled so that every place takes it
/// as it is.
const ASKED: &str = "prefect-secrets-doctor";
/// How many names a line tells.
const TOLD: usize = 3;

/// Asks each for a name in turn, with `limit` for each: what comes first may not take the time of the others.
pub(super) fn examine(
    chain: &Chain,
    snapshot: &Snapshot,
    limit: Duration,
    progress: &Progress,
    report: &mut Report,
) {
    for link in chain.links() {
        let name = link.provider().name();
        progress.tell(|| format!("asking {name}"));
        if let Some(why) = link.provider().skipped() {
            report.note(AREA, name, Outcome::Skipped, format!("{why} ({})", link.configured()));
        } else if plugins::was_refused(chain, name) {
            let what = format!("its plugin was refused ({})", link.configured());
            report.fault(AREA, name, Outcome::Broken, what, "see below, under plugins");
        } else if is_local(name, snapshot) {
            local(link, report);
        } else {
            ask(link, limit, report);
        }
    }
}

/// Whether all that it has is in memory.
fn is_local(name: &str, snapshot: &Snapshot) -> bool {
    let kind = snapshot.setting(&format!("secrets.providers.{name}.provider"));
    ["env", "toml"].contains(&name) || kind.is_some_and(|set| set.text == b"env")
}

/// Looks at every secret of a provider that waits for nobody.
fn local(link: &Link, report: &mut Report) {
    let (name, deadline) = (link.provider().name(), Deadline::none());
    // Where there is no table of secrets, every name fails alike.
    let names = link.get(ASKED, &deadline).and_then(|_| link.provider().list(&deadline));
    let mut names = match names {
        Ok(names) => names,
        Err(error) => return failed(link, &error, None, report),
    };
    names.sort();
    let fails = |name: &String| Some((name.clone(), link.get(name, &deadline).err()?));
    let failing: Vec<(String, Error)> = names.iter().filter_map(fails).collect();
    let count = match names.len() {
        1 => "1 name".to_owned(),
        count => format!("{count} names"),
    };
    if failing.is_empty() {
        let what = format!("loaded, {count} ({})", link.configured());
        return report.note(AREA, name, Outcome::Ok, what);
    }
    for (secret, error) in failing.iter().take(TOLD) {
        let what = format!("{secret:?} cannot be had: {}", error.what());
        report.fault(AREA, name, Outcome::Broken, what, error.next_step());
    }
    if failing.len() > TOLD {
        let more = failing.len() - TOLD;
        let what = format!("loaded, {count}; {more} more cannot be had");
        report.note(AREA, name, Outcome::Broken, what);
    }
}

/// Asks whether a name is there, which costs one small request.
fn ask(link: &Link, limit: Duration, report: &mut Report) {
    let deadline = Deadline::within(limit);
    let began = Instant::now();
    let answer = link.ask(&deadline, |provider, deadline| provider.exists(ASKED, deadline));
    let took = began.elapsed();
    match answer {
        Ok(_) => {
            let remark =
                link.provider().remark(ASKED).map_or(String::new(), |said| format!(": {said}"));
            let what = format!("answered in {}{remark} ({})", shown(took), link.configured());
            report.note(AREA, link.provider().name(), Outcome::Ok, what);
        }
        Err(error) => failed(link, &error, Some(took), report),
    }
}

fn failed(link: &Link, error: &Error, took: Option<Duration>, report: &mut Report) {
    // What fails at once was not even asked.
    let took = took.filter(|took| took.as_millis() > 0);
    let after = took.map_or(String::new(), |took| format!(" after {}", shown(took)));
    let goes_on = match link.when_it_fails() {
        OnError::Continue => "; others are asked all the same (on_error = \"continue\")",
        OnError::Stop => "",
    };
    let what =
        format!("{}{after}: {}{goes_on} ({})", error.kind(), error.what(), link.configured());
    report.fault(AREA, link.provider().name(), Outcome::Broken, what, error.next_step());
}

/// How long something took, as a person says it.
fn shown(took: Duration) -> String {
    match took.as_millis() {
        0 => "less than 1 ms".into(),
        ms if ms < 10_000 => format!("{ms} ms"),
        _ => format!("{:.1} s", took.as_secs_f64()),
    }
}
