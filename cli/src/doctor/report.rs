//! What was found.

use prefect_secrets_core::Error;
use serde::Serialize;

/// What was found about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// It is not in use.
    Skipped,
    Ok,
    /// It works, and should be otherwise.
    Warning,
    Broken,
}

impl Outcome {
    /// The word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// One thing that was examined. No text here holds a value or a key.
#[derive(Serialize)]
pub(super) struct Check {
    pub(super) area: &'static str,
    /// What in that area.
    pub(super) subject: String,
    pub(super) outcome: Outcome,
    /// What was found.
    pub(super) what: String,
    /// What to do about it.
    pub(super) next_step: Option<String>,
}

/// Everything that was examined, in that order.
#[derive(Default)]
pub(super) struct Report {
    pub(super) checks: Vec<Check>,
}

impl Report {
    /// Notes what asks nothing of anybody.
    pub(super) fn note(
        &mut self,
        area: &'static str,
        subject: impl Into<String>,
        outcome: Outcome,
        what: impl Into<String>,
    ) {
        let (subject, what) = (subject.into(), what.into());
        self.checks.push(Check { area, subject, outcome, what, next_step: None });
    }

    /// Notes a fault, and what to do about it.
    pub(super) fn fault(
        &mut self,
        area: &'static str,
        subject: impl Into<String>,
        outcome: Outcome,
        what: impl Into<String>,
        next_step: impl Into<String>,
    ) {
        let (subject, what, next_step) = (subject.into(), what.into(), Some(next_step.into()));
        self.checks.push(Check { area, subject, outcome, what, next_step });
    }

    /// Notes a failure of the library's.
    pub(super) fn error(&mut self, area: &'static str, subject: impl Into<String>, error: &Error) {
        self.fault(area, subject, Outcome::Broken, error.what(), error.next_step());
    }

    /// The worst of all outcomes; what was skipped is well.
    pub(super) fn outcome(&self) -> Outcome {
        let worst = self.checks.iter().map(|check| check.outcome).max();
        worst.unwrap_or(Outcome::Ok).max(Outcome::Ok)
    }

    /// How many have this outcome.
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.checks.iter().filter(|check| check.outcome == outcome).count()
    }

    pub(super) fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Whole<'a> {
            version: u32,
            outcome: Outcome,
            checks: &'a [Check],
        }
        let whole = Whole { version: 1, outcome: self.outcome(), checks: &self.checks };
        serde_json::to_string(&whole).expect("texts are JSON") + "\n"
    }
}
