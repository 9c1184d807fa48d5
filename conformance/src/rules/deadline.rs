//! Until when.

use std::time::Duration;

use prefect_secrets_core::Capabilities;
use prefect_secrets_core::abi::Status;

use super::REPLIES;
use crate::finding::{Outcome, ensure, skipped};
use crate::rule::Rule;
use crate::trial::Trial;

/// The times that a call is given, and when it must have returned: a machine may be busy.
const LIMITS: [(Duration, Duration); 2] = [
    (Duration::ZERO, Duration::from_millis(300)),
    (Duration::from_millis(50), Duration::from_millis(350)),
];

pub(super) const RULES: &[Rule] = &[Rule::must(
    "deadline/kept",
    REPLIES,
    kept,
    "A provider that says PREFECT_SECRETS_HONORS_DEADLINES returns by the deadline, with its answer or \
     with \"timed out\", also if the deadline has passed already. Without the promise a host gives a call \
     up, and the instance with it.",
)];

fn kept(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    if !plugin.can(Capabilities::HONORS_DEADLINES) {
        return skipped("it does not promise to honour deadlines");
    }
    for (within, at_most) in LIMITS {
        instance.within(Some(within));
        for (call, got) in trial.everything(&plugin, &instance) {
            ensure(got.took <= at_most, || {
                let (took, within) = (got.took.as_millis(), within.as_millis());
                format!("{call} took {took} ms, with a deadline of {within} ms")
            })?;
            let answers = [Status::Ok, Status::Absent, Status::TimedOut];
            let refuses = [Status::Invalid, Status::Unsupported]; // to set, say
            let fits = answers.iter().chain(&refuses).any(|&status| got.is(status));
            ensure(fits, || format!("with a deadline, {call} answered {}", got.said()))?;
        }
    }
    Ok(())
}
