//! Every call returns, and is over when it has.

use std::time::Duration;

use prefect_secrets_core::Capabilities;
use prefect_secrets_core::abi::Status;

use super::{ANSWERS, CREATED};
use crate::finding::{Outcome, ensure};
use crate::rule::Rule;
use crate::trial::{ABSENT, Trial};

/// How long one waits for somebody who uses a reply too late.
const AFTERWARDS: Duration = Duration::from_millis(300);

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "calls/return",
        CREATED,
        calls_return,
        "Every function returns. No crash, no exit of the process, no exception, no panic, no longjmp \
         leaves it; without a deadline it may take 10 seconds here.",
    ),
    Rule::must(
        "calls/no-panic",
        ANSWERS,
        no_panic,
        "No call answers \"panicked\": that the panic was caught does not make it right.",
    ),
    Rule::must(
        "calls/not-after-return",
        ANSWERS,
        not_after_return,
        "What a call was given is not used after it has returned: a host has given the memory of the \
         reply to somebody else by then.",
    ),
    Rule::must(
        "calls/extensions",
        ANSWERS,
        extensions,
        "get_extension answers NULL to a name that it does not know.",
    ),
];

fn calls_return(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let names = trial.names(&plugin, &instance);
    for name in names.iter().map(String::as_str).chain([ABSENT]) {
        instance.get(name.as_bytes(), None);
    }
    if plugin.can(Capabilities::REFRESH) {
        let got = instance.refresh();
        ensure(got.is(Status::Ok), || format!("refresh answered {}", got.said()))?;
    }
    instance.destroy();
    Ok(())
}

fn no_panic(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let names = trial.names(&plugin, &instance);
    for name in names.iter().map(String::as_str).chain([ABSENT]) {
        let got = instance.get(name.as_bytes(), None);
        ensure(!got.is(Status::Panicked), || format!("get of {name:?} answered {}", got.said()))?;
    }
    Ok(())
}

fn not_after_return(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let instance = instance.keep_replies();
    let names = trial.names(&plugin, &instance);
    for name in names.iter().map(String::as_str).chain([ABSENT]) {
        instance.get(name.as_bytes(), None);
    }
    std::thread::sleep(AFTERWARDS);
    let late = instance.destroy().late();
    ensure(late == 0, || format!("{late} times it used a reply whose call had returned"))
}

fn extensions(trial: &Trial<'_>) -> Outcome {
    let (_plugin, instance) = trial.instance()?;
    for name in ["prefect-secrets-conformance-unknown/1", ""] {
        ensure(!instance.has_extension(name), || {
            format!("it has something under {name:?}, which nobody has agreed on")
        })?;
    }
    Ok(())
}
