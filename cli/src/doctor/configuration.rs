//! Which files are read, and whether they can be.

use std::sync::Arc;

use prefect_secrets_core::{Chain, Error, Kind};
use prefect_secrets_providers::local::{self, Snapshot};

use super::report::{Outcome, Report};
use crate::config::Place;

const AREA: &str = "configuration";
/// What stands in `[secrets]`.
const MEMBERS: [&str; 3] = ["chain", "plugin_host", "providers"];

pub(super) fn examine(
    places: &[Place],
    snapshot: &Result<Arc<Snapshot>, Error>,
    chain: &Result<Chain, Error>,
    report: &mut Report,
) {
    let broken = places.iter().filter(|place| file(place, report)).count();
    match (snapshot, chain) {
        (Ok(snapshot), Ok(chain)) => {
            stray(snapshot, report);
            unused(snapshot, chain, report);
        }
        (Ok(_), Err(error)) => report.error(AREA, "[secrets]", error),
        // One of the files says why, or else it is a variable.
        (Err(error), _) if broken == 0 => report.error(AREA, "environment", error),
        (Err(_), _) => {}
    }
}

/// Looks at one file; true if it is broken.
fn file(place: &Place, report: &mut Report) -> bool {
    let moved = place.moved_by.as_ref().map(|by| format!(", moved by {by}")).unwrap_or_default();
    let path = match &place.path {
        Ok(Some(path)) => path,
        Ok(None) => {
            let what = format!("nowhere: nobody knows the home directory{moved}");
            match &place.moved_by {
                Some(by) => report.fault(
                    AREA,
                    place.role,
                    Outcome::Warning,
                    format!("none is read: {by} names no file"),
                    format!("take {by} away, or set it to a path"),
                ),
                None => report.note(AREA, place.role, Outcome::Skipped, what),
            }
            return false;
        }
        Err(error) => {
            // The fault is another file's, unless this one's own setting is wrong.
            if place.role == "auth.toml" {
                report.note(AREA, place.role, Outcome::Skipped, error.what());
            } else {
                report.error(AREA, place.role, error);
            }
            return false;
        }
    };
    let shown = path.display();
    match local::read(path) {
        Ok(Some(_)) => {
            report.note(AREA, place.role, Outcome::Ok, format!("{shown} is read{moved}"));
            false
        }
        Ok(None) if path.exists() => {
            report.fault(
                AREA,
                place.role,
                Outcome::Warning,
                format!("{shown} is passed over: it is no regular file{moved}"),
                match &place.moved_by {
                    // What is there may be needed by others: a folder, /dev/null.
                    Some(by) => format!("correct {by}: it is to lead to a file"),
                    None => "put a file there in its stead".to_owned(),
                },
            );
            false
        }
        Ok(None) if place.is_named() => {
            report.fault(
                AREA,
                place.role,
                Outcome::Warning,
                format!("{shown} is not there{moved}"),
                "write that file, or correct what moved it",
            );
            false
        }
        Ok(None) => {
            let what = format!("{shown} is not there, and need not be");
            report.note(AREA, place.role, Outcome::Skipped, what);
            false
        }
        Err(error) => {
            let way_in = super::files::way_in(path).filter(|_| error.kind() == Kind::Denied);
            let next_step = way_in.unwrap_or_else(|| error.next_step().to_owned());
            report.fault(AREA, place.role, Outcome::Broken, error.what(), next_step);
            true
        }
    }
}

/// What stands in `[secrets]` and is not read: a secret, most likely. And what stands in the place of all of them.
fn stray(snapshot: &Snapshot, report: &mut Report) {
    if let Some(set) = snapshot.setting("context") {
        report.fault(
            AREA,
            "[context]",
            Outcome::Warning,
            format!("context ({}) is no table: there is no secret in it", set.origin),
            "write each secret as a member of [context.secrets]",
        );
    }
    let table = snapshot.section("secrets").and_then(|secrets| secrets.members());
    for (name, _) in table.into_iter().flat_map(|members| members.sorted()) {
        if !MEMBERS.contains(&name) {
            report.fault(
                AREA,
                "[secrets]",
                Outcome::Warning,
                format!("{name:?} is not read there: this table is about the chain"),
                "if it is a secret, write it in [context.secrets]",
            );
        }
    }
}

/// What is said of a provider that nobody asks.
fn unused(snapshot: &Snapshot, chain: &Chain, report: &mut Report) {
    let table = snapshot.section("secrets.providers").and_then(|providers| providers.members());
    for (name, _) in table.into_iter().flat_map(|members| members.sorted()) {
        if !chain.links().iter().any(|link| link.provider().name() == name) {
            report.fault(
                AREA,
                "[secrets]",
                Outcome::Warning,
                format!("{name:?} is configured, but not in the chain: it is not asked"),
                format!("name it in `chain`, or remove [secrets.providers.{name}]"),
            );
        }
    }
}
