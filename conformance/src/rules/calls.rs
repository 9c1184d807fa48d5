//! Every call returns, and is over when it has.

use std::time::Duration;

use prefect_secrets_core::abi::Status;

use super::{ANSWERS, CREATED, leak};
use crate::finding::{Outcome, ensure};
use crate::host::Era;
use crate::rule::Rule;
use crate::trial::{ABSENT, Trial};

/// How long one waits for somebody who comes too late.
const AFTERWARDS: Duration = Duration::from_millis(300);

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "calls/return",
        CREATED,
        calls_return,
        "Every function returns. No crash, no exit of the process, no exception, no panic, no longjmp \
         leaves it; without a deadline all calls together may take 10 seconds here, or --limit.",
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
        "What a call was given is not used after it has returned: not the request, the reply, a name, a \
         value, nor memory that was reserved. A host has given it to somebody else by then. Here it is \
         taken away, so that any use is a crash.",
    ),
    Rule::must(
        "calls/no-leak",
        ANSWERS,
        no_leak,
        "Gets leave nothing in the heap: 2,000 rounds (or as many as 3 seconds allow) leave less than 8 \
         bytes each.",
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
    for (call, got) in trial.everything(&plugin, &instance) {
        let refresh = call == "refresh";
        ensure(!refresh || got.is(Status::Ok), || format!("{call} answered {}", got.said()))?;
    }
    Ok(())
}

fn no_panic(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    for (call, got) in trial.everything(&plugin, &instance) {
        ensure(!got.is(Status::Panicked), || format!("{call} answered {}", got.said()))?;
    }
    Ok(())
}

fn not_after_return(trial: &Trial<'_>) -> Outcome {
    let plugin = trial.open()?;
    let instance = trial.create(&plugin, Era::Strict)?;
    trial.everything(&plugin, &instance);
    // Whoever comes too late finds nothing there, and is a crash.
    std::thread::sleep(AFTERWARDS);
    Ok(())
}

fn no_leak(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let names = trial.names(&plugin, &instance);
    let round = || {
        for name in names.iter().map(String::as_str).chain([ABSENT]) {
            instance.get(name.as_bytes());
        }
        Ok(())
    };
    leak::none(2_000, round, "rounds of gets")
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
