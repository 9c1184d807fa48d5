//! How an answer is written.

use super::REPLIES;
use crate::finding::{Outcome, broken, skipped};
use crate::host::Fault;
use crate::rule::Rule;
use crate::trial::{NOTHING_KNOWN, Trial};

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "reply/one-commit",
        REPLIES,
        |trial| without(trial, &[Fault::CommittedTwice, Fault::ReservedAfterCommit]),
        "An answer is given once: after the commit the reply takes nothing more.",
    ),
    Rule::must(
        "reply/within-reserve",
        REPLIES,
        |trial| {
            without(
                trial,
                &[
                    Fault::CommittedWithoutReserve,
                    Fault::CommittedMoreThanReserved,
                    Fault::WrotePastReserve,
                ],
            )
        },
        "No more is written and committed than was reserved: what lies behind is the host's.",
    ),
    Rule::must(
        "reply/commit",
        REPLIES,
        |trial| {
            without(
                trial,
                &[
                    Fault::CommitTooShort,
                    Fault::NoSuchForm,
                    Fault::NotJson,
                    Fault::LengthWithoutPointer,
                ],
            )
        },
        "The commit says its own size and a form that exists, its lengths fit that form, and JSON is \
         one JSON document.",
    ),
    Rule::must(
        "reply/status",
        REPLIES,
        |trial| {
            without(
                trial,
                &[Fault::FoundWithoutCommit, Fault::CommittedAndNotFound, Fault::NoSuchStatus],
            )
        },
        "The status says what was done: OK with a commit, anything else without one, and no number that \
         has no meaning.",
    ),
];

/// Makes every call, and looks for these faults in what came of it.
fn without(trial: &Trial<'_>, faults: &[Fault]) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let done = trial.everything(&plugin, &instance);
    for (call, got) in &done {
        if let Some(fault) = got.faults.iter().find(|fault| faults.contains(fault)) {
            return broken(format!("{call}: {}", fault.what()));
        }
    }
    if done.iter().all(|(_, got)| got.value.is_none()) {
        return skipped(NOTHING_KNOWN);
    }
    Ok(())
}
