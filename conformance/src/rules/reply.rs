//! How an answer is written.

use super::REPLIES;
use crate::finding::{Outcome, broken};
use crate::host::Fault;
use crate::rule::Rule;
use crate::trial::{ABSENT, Trial};

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

/// Asks for everything that is known and something that is not, and looks for these faults.
fn without(trial: &Trial<'_>, faults: &[Fault]) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let names = trial.names(&plugin, &instance);
    for name in names.iter().map(String::as_str).chain([ABSENT]) {
        let got = instance.get(name.as_bytes(), None);
        if let Some(fault) = got.faults.iter().find(|fault| faults.contains(fault)) {
            return broken(format!("get of {name:?}: {}", fault.what()));
        }
    }
    instance.destroy();
    Ok(())
}
