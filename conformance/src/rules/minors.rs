//! Hosts of other minors.

use super::REPEATED;
use crate::finding::{Outcome, ensure};
use crate::host::Era;
use crate::rule::Rule;
use crate::trial::{Trial, differs, listing};

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "minors/first-host",
        REPEATED,
        |trial| answers_the_same(trial, Era::First),
        "A host of minor 0 gets the same answers. Behind each of its structs memory ends, so that a \
         member of a later minor, read without a look at struct_size, is a crash here.",
    ),
    Rule::must(
        "minors/later-host",
        REPEATED,
        |trial| answers_the_same(trial, Era::Later),
        "A host of a later minor, whose structs are larger, gets the same answers: a plugin does not \
         insist on sizes and minors that it knows.",
    ),
];

fn answers_the_same(trial: &Trial<'_>, era: Era) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let known = trial.known(&plugin, &instance);
    let now = trial.everything(&plugin, &instance);
    let mut names = listing(&plugin, &instance);
    instance.destroy();
    let instance = trial.create(&plugin, era)?;
    let then = trial.everything(&plugin, &instance);
    for ((call, now), (_, then)) in now.iter().zip(&then) {
        ensure(now.status == then.status, || {
            format!("{call} answered {} to this host, and {} to another", now.said(), then.said())
        })?;
    }
    let mut listed = listing(&plugin, &instance);
    names.sort_unstable();
    listed.sort_unstable();
    ensure(listed == names, || "it lists other names".into())?;
    for known in &known? {
        let how = differs(&known.name, &instance.get(known.name.as_bytes()), &known.value);
        ensure(how.is_none(), || how.unwrap_or_default())?;
    }
    Ok(())
}
