//! Instances: made, many, ended.

use prefect_secrets_core::abi::{Settings, Status};

use super::{CREATED, REPEATED, TABLE, leak};
use crate::finding::{Outcome, Stop, broken, ensure, faultless, skipped};
use crate::host::Era;
use crate::rule::Rule;
use crate::trial::{Trial, differs};

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "lifecycle/create",
        Some("table/id"),
        create,
        "An instance can be made from the settings that were given.",
    ),
    Rule::must(
        "lifecycle/refusal",
        TABLE,
        refusal,
        "Without settings an instance is made, or create fails with a status of failure. It does not \
         answer \"absent\", and it does not end the program.",
    ),
    Rule::should(
        "lifecycle/reason",
        Some("lifecycle/refusal"),
        reason,
        "A create that fails says what is wrong and what to do next, before it returns.",
    ),
    Rule::must(
        "lifecycle/no-leak",
        CREATED,
        no_leak,
        "10,000 instances are made and destroyed (or as many as 3 seconds allow), and leave less than \
         8 bytes each in the heap.",
    ),
];

/// Those that compare values.
pub(super) const TWO: &[Rule] = &[Rule::must(
    "lifecycle/independent",
    REPEATED,
    independent,
    "Two instances know nothing of each other: when one is destroyed the other goes on.",
)];

fn create(trial: &Trial<'_>) -> Outcome {
    match (trial.instance(), trial.subject.settings.as_json()) {
        (Ok((_, instance)), _) => faultless("create", instance.faults_of_create()),
        (Err(Stop::Broken(how)), b"{}") => {
            broken(format!("{how}. If it needs settings, give them with --settings FILE"))
        }
        (Err(stop), _) => Err(stop),
    }
}

fn refusal(trial: &Trial<'_>) -> Outcome {
    match trial.open()?.create(Era::Now, &Settings::none()) {
        Ok(instance) => instance.destroy(),
        Err(refused) => {
            let fails = Status::from_raw(refused.status)
                .is_some_and(|status| status.kind().is_some() && status != Status::Panicked);
            ensure(fails, || format!("create answered {}", refused.said()))?;
            faultless("create", &refused.faults)?;
        }
    }
    Ok(())
}

fn reason(trial: &Trial<'_>) -> Outcome {
    match trial.open()?.create(Era::Now, &Settings::none()) {
        Ok(instance) => {
            instance.destroy();
            skipped("it needs no settings")
        }
        Err(refused) => {
            let said = refused
                .failure
                .is_some_and(|(what, next)| !what.trim().is_empty() && !next.trim().is_empty());
            ensure(said, || "create failed without a reason and an advice".into())
        }
    }
}

fn independent(trial: &Trial<'_>) -> Outcome {
    let (plugin, first) = trial.instance()?;
    let second = trial.create(&plugin, Era::Now)?;
    let known = trial.known(&plugin, &second)?;
    first.destroy();
    for known in &known {
        let got = second.get(known.name.as_bytes());
        let how = differs(&known.name, &got, &known.value);
        ensure(how.is_none(), || {
            format!("after another instance was destroyed, {}", how.unwrap_or_default())
        })?;
    }
    second.destroy();
    Ok(())
}

fn no_leak(trial: &Trial<'_>) -> Outcome {
    let plugin = trial.open()?;
    let round = || trial.create(&plugin, Era::Now).map(drop);
    leak::none(10_000, round, "instances that were made and destroyed")
}
