//! The file, before any of its code runs.

use prefect_secrets_core::Error;
use prefect_secrets_providers::plugin::Flaw;

use crate::finding::{Outcome, ensure};
use crate::rule::Rule;
use crate::trial::Trial;

const TRUSTED: Option<&str> = Some("artifact/trusted");
const LIBRARY: Option<&str> = Some("artifact/library");

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "artifact/trusted",
        None,
        |trial| trial.found().map(drop),
        "Nobody but root and the user can write the library, its manifest, and the folders above \
         them: whoever can, chooses what runs in every program that loads it.",
    ),
    Rule::must(
        "artifact/library",
        TRUSTED,
        |trial| {
            let no_library = |flaw: &Flaw| {
                matches!(flaw, Flaw::NotElf | Flaw::Damaged | Flaw::Foreign(_) | Flaw::NotShared)
            };
            without(trial, no_library)
        },
        "The file is a shared library (ELF) for this machine.",
    ),
    Rule::must(
        "artifact/entry",
        LIBRARY,
        |trial| without(trial, |flaw| matches!(flaw, Flaw::NoEntry | Flaw::WrongMajor(_))),
        "The library itself defines the function prefect_secrets_provider_v1. An entry that it only \
         takes from a library that it depends on is somebody else's.",
    ),
    Rule::must(
        "artifact/no-text-relocations",
        LIBRARY,
        |trial| without(trial, |flaw| *flaw == Flaw::TextRelocations),
        "The code needs no change when it is loaded: memory that is written and run is where an \
         attacker wants to be. Build with -fPIC.",
    ),
    Rule::must(
        "artifact/no-executable-stack",
        LIBRARY,
        |trial| without(trial, |flaw| *flaw == Flaw::ExecutableStack),
        "Loading the library does not make the stacks of the whole program executable. Link with \
         -z noexecstack.",
    ),
    Rule::should(
        "artifact/exports",
        LIBRARY,
        exports,
        "The library exports its entry and nothing else: other names may be taken for those of a \
         library that it depends on. Declare functions static, or link with a version script.",
    ),
];

/// Broken if the file has a flaw of this kind.
fn without(trial: &Trial<'_>, kind: impl Fn(&Flaw) -> bool) -> Outcome {
    match trial.contents()?.flaws.into_iter().find(kind) {
        None => Ok(()),
        Some(flaw) => Err(Error::from(flaw).into()),
    }
}

fn exports(trial: &Trial<'_>) -> Outcome {
    let exports = trial.contents()?.exports;
    ensure(exports.is_empty(), || {
        let some: Vec<_> = exports.iter().take(5).map(String::as_str).collect();
        let more = if exports.len() > some.len() { ", ..." } else { "" };
        format!("it exports {} more names: {}{more}", exports.len(), some.join(", "))
    })
}
