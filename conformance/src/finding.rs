//! What came of a rule.

use prefect_secrets_core::Error;
use serde::{Deserialize, Serialize};

use crate::host::Fault;

/// How a rule ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", content = "reason", rename_all = "kebab-case")]
pub enum Verdict {
    /// The plugin keeps it.
    Passed,
    /// The plugin breaks it, and how. Never a value.
    Broken(String),
    /// It could not be tried on this plugin, and why.
    Skipped(String),
    /// A rule that it rests on was broken; its name.
    NotReached(String),
}

/// A rule and how it ended.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static crate::Rule,
    /// How it ended.
    pub verdict: Verdict,
}

/// Why a rule's trial ends early.
pub(crate) enum Stop {
    Broken(String),
    Skipped(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Broken(format!("{}; {}", error.what(), error.next_step()))
    }
}

/// The outcome of a rule, or of a part of it.
pub(crate) type Outcome<T = ()> = Result<T, Stop>;

pub(crate) fn broken<T>(how: impl Into<String>) -> Outcome<T> {
    Err(Stop::Broken(how.into()))
}

pub(crate) fn skipped<T>(why: impl Into<String>) -> Outcome<T> {
    Err(Stop::Skipped(why.into()))
}

/// Broken unless `kept`.
pub(crate) fn ensure(kept: bool, how: impl FnOnce() -> String) -> Outcome {
    if kept { Ok(()) } else { broken(how()) }
}

/// Broken by the first of these faults, in this call.
pub(crate) fn faultless(call: &str, faults: &[Fault]) -> Outcome {
    match faults.first() {
        None => Ok(()),
        Some(fault) => broken(format!("{call}: {}", fault.what())),
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(()) => Self::Passed,
            Err(Stop::Broken(how)) => Self::Broken(how),
            Err(Stop::Skipped(why)) => Self::Skipped(why),
        }
    }
}
