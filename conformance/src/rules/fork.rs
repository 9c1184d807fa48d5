//! In a forked child.

use std::time::Duration;

use super::REPEATED;
use crate::finding::{Outcome, Stop, broken};
use crate::process::{self, Ended};
use crate::rule::Rule;
use crate::trial::{Trial, differs};

const LIMIT: Duration = Duration::from_secs(3);
const WRONG: i32 = 101;

pub(super) const RULES: &[Rule] = &[Rule::must(
    "fork/child",
    REPEATED,
    child,
    "A forked child goes on with the instance of its parent and gets the same values: no lock that \
     another thread held and no thread that is gone stands in its way.",
)];

fn child(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let known = trial.known(&plugin, &instance)?;
    let same = || {
        let wrong = |known: &crate::trial::Known| {
            differs(&known.name, &instance.get(known.name.as_bytes(), None), &known.value).is_some()
        };
        if known.iter().any(wrong) { WRONG } else { 0 }
    };
    match process::fork(LIMIT, same).map_err(|error| Stop::Skipped(format!("no fork: {error}")))? {
        Ended::Code(0) => Ok(()),
        Ended::Code(WRONG) => broken("in the child it gave other answers"),
        Ended::Code(code) => broken(format!("in the child it ended the process, with code {code}")),
        Ended::Signal(signal) => {
            broken(format!("in the child it ended the process, by signal {signal}"))
        }
        Ended::NotInTime => broken("in the child it did not return within 3 seconds"),
    }
}
