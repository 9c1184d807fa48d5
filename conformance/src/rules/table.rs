//! The table.

use prefect_secrets_core::Error;
use prefect_secrets_core::abi::Refusal;

use super::{ANSWERS, LOADS};
use crate::finding::{Outcome, broken, ensure};
use crate::process::is_executable;
use crate::rule::Rule;
use crate::trial::{ABSENT, Trial};

const HEADER: Option<&str> = Some("table/header");

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "table/loads",
        Some("artifact/entry"),
        |trial| trial.open().map(drop),
        "The dynamic linker opens the library, with every function that it needs, the entry stands \
         in that very file, and a plugin in Rust was built from the shapes of its minor.",
    ),
    Rule::must(
        "table/header",
        LOADS,
        |trial| match trial.open()?.checked() {
            Err(refusal @ (Refusal::NoTable | Refusal::Size(_) | Refusal::Major(_))) => {
                refused(refusal)
            }
            _ => Ok(()),
        },
        "The entry returns a table whose struct_size some version has, and whose major is that of \
         the entry's name.",
    ),
    Rule::must(
        "table/slots",
        HEADER,
        slots,
        "create, destroy and get are there, every capability that is claimed has its function, and \
         every function lies in executable memory. What is not there is NULL.",
    ),
    Rule::must(
        "table/id",
        HEADER,
        id,
        "The id is 1 to 64 lower-case letters, digits and dashes, and the one that the manifest says.",
    ),
];

/// The one that makes an instance.
pub(super) const USED: &[Rule] = &[Rule::must(
    "table/constant",
    ANSWERS,
    constant,
    "The entry returns the same table each time, and nothing in it ever changes: hosts copy it, \
         and compare.",
)];

fn refused(refusal: Refusal) -> Outcome {
    Err(Error::from(refusal).into())
}

fn slots(trial: &Trial<'_>) -> Outcome {
    let plugin = trial.open()?;
    if let Err(refusal @ (Refusal::MissingSlot(_) | Refusal::ClaimedSlot(_))) = plugin.checked() {
        return refused(refusal);
    }
    for (slot, address) in plugin.slots() {
        let Ok(executable) = is_executable(address) else {
            return broken("the kernel does not say what is mapped: make /proc available");
        };
        ensure(executable, || format!("the slot `{slot}` points at no function"))?;
    }
    Ok(())
}

fn id(trial: &Trial<'_>) -> Outcome {
    let plugin = trial.open()?;
    match (plugin.checked(), plugin.promised_id()) {
        (Err(refusal @ Refusal::Id), _) => refused(refusal),
        (Ok(id), Some(promised)) => ensure(id == promised, || {
            format!("the library is the provider {id:?}, but its manifest says {promised:?}")
        }),
        _ => Ok(()),
    }
}

fn constant(trial: &Trial<'_>) -> Outcome {
    let plugin = trial.open()?;
    let first = plugin.now();
    let instance = trial.create(&plugin, crate::host::Era::Now)?;
    instance.get(ABSENT.as_bytes());
    instance.destroy();
    ensure(plugin.now() == first, || "the table changed while it was used".into())?;
    for _ in 0..3 {
        ensure(plugin.once_more() == first, || "the entry returned another table".into())?;
    }
    Ok(())
}
