//! Many names in one call.

use prefect_secrets_core::Capabilities;
use prefect_secrets_core::abi::Status;

use super::REPEATED;
use crate::finding::{Outcome, ensure, faultless, skipped};
use crate::rule::Rule;
use crate::trial::{ABSENT, Trial, differs};

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "batch/statuses",
        REPEATED,
        statuses,
        "get_many sets the status of every name and of nothing else, or fails as a whole.",
    ),
    Rule::must(
        "batch/equals-singles",
        Some("batch/statuses"),
        equals_singles,
        "get_many gives each name what get gives it, in whatever order, also for a name that is there \
         twice or absent.",
    ),
    Rule::must(
        "batch/large",
        Some("batch/statuses"),
        large,
        "get_many takes 1,000 names: a host does not split what its caller asks for at once.",
    ),
];

fn statuses(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    if !plugin.can(Capabilities::GET_MANY) {
        return skipped("it has no get_many");
    }
    let names = trial.names(&plugin, &instance);
    let names: Vec<&str> = names.iter().map(String::as_str).chain([ABSENT]).collect();
    let (whole, answers) = instance.get_many(&names);
    if !whole.is(Status::Ok) {
        // That is a failure of the whole, which is told as a get tells its own.
        let fails = Status::from_raw(whole.status).is_some_and(|status| status.kind().is_some());
        return ensure(fails, || format!("get_many answered {}", whole.said()));
    }
    faultless("get_many", &whole.faults)?;
    for (name, got) in names.iter().zip(answers) {
        faultless(&format!("get_many, {name:?}"), &got.faults)?;
    }
    Ok(())
}

fn equals_singles(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    if !plugin.can(Capabilities::GET_MANY) {
        return skipped("it has no get_many");
    }
    let known = trial.known(&plugin, &instance)?;
    // Backwards, with something absent between, and the first one again at the end.
    let mut order: Vec<Option<usize>> = (0..known.len()).rev().map(Some).collect();
    order.insert(order.len() / 2, None);
    order.extend([None, Some(0)]);
    let names: Vec<&str> =
        order.iter().map(|at| at.map_or(ABSENT, |at| known[at].name.as_str())).collect();
    let (whole, answers) = instance.get_many(&names);
    ensure(whole.is(Status::Ok), || format!("get_many answered {}", whole.said()))?;
    for (at, got) in order.iter().zip(answers) {
        let how = match at {
            Some(at) => differs(&known[*at].name, &got, &known[*at].value),
            None if got.is(Status::Absent) => None,
            None => Some(format!("a name that is absent answered {}", got.said())),
        };
        ensure(how.is_none(), || format!("in one call, {}", how.unwrap_or_default()))?;
    }
    Ok(())
}

fn large(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    if !plugin.can(Capabilities::GET_MANY) {
        return skipped("it has no get_many");
    }
    let names: Vec<String> = (0..1000).map(|i| format!("{ABSENT}_{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (whole, answers) = instance.get_many(&names);
    ensure(whole.is(Status::Ok), || format!("get_many answered {}", whole.said()))?;
    let absent = answers.iter().filter(|got| got.is(Status::Absent)).count();
    ensure(absent == 1000, || format!("{absent} of 1,000 absent names are absent"))?;
    instance.destroy();
    Ok(())
}
