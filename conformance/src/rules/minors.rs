//! Hosts of other minors.

use prefect_secrets_core::Capabilities;

use super::REPEATED;
use crate::finding::{Outcome, ensure};
use crate::host::Era;
use crate::rule::Rule;
use crate::trial::{ABSENT, Trial, differs};

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
    let absent = instance.get(ABSENT.as_bytes(), None).status;
    instance.destroy();
    let instance = trial.create(&plugin, era)?;
    let got = instance.get(ABSENT.as_bytes(), None);
    ensure(got.status == absent, || {
        format!("get of a name that is absent answered {}", got.said())
    })?;
    let known = known?;
    for known in &known {
        let got = instance.get(known.name.as_bytes(), None);
        let how = differs(&known.name, &got, &known.value);
        ensure(how.is_none(), || how.unwrap_or_default())?;
    }
    if plugin.can(Capabilities::GET_MANY) {
        let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
        for (known, got) in known.iter().zip(instance.get_many(&names).1) {
            let how = differs(&known.name, &got, &known.value);
            ensure(how.is_none(), || format!("get_many: {}", how.unwrap_or_default()))?;
        }
    }
    if plugin.can(Capabilities::LIST) {
        instance.list();
    }
    instance.destroy();
    Ok(())
}
