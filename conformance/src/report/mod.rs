//! What came of all rules.

mod json;
mod people;
mod tap;

use crate::finding::{Finding, Verdict};
use crate::rule::Weight;

/// The findings on one plugin, in the order of the rules.
#[derive(Debug)]
pub struct Report {
    /// Which plugin.
    pub plugin: String,
    /// One for each rule that was asked for, and for those that they rest on.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether no rule was broken that must be kept.
    pub fn conforms(&self) -> bool {
        !self.findings.iter().any(Finding::is_fatal)
    }

    /// Whether any rule about values could be tried, if one was wanted.
    pub(crate) fn knows_a_value(&self) -> bool {
        let unknown = Verdict::Skipped(crate::trial::NOTHING_KNOWN.into());
        self.findings.iter().all(|finding| finding.verdict != unknown)
    }

    /// For people, a line for each rule, and for those that were broken what they are about.
    pub fn to_text(&self) -> String {
        people::written(self)
    }

    /// One JSON object, version 1: `plugin`, `conforms`, and for each of `rules` its `name`, `weight`,
    /// `verdict` (`passed`, `broken`, `skipped`, `not-reached`), `reason` and `explanation`.
    pub fn to_json(&self) -> serde_json::Value {
        json::written(self)
    }

    /// TAP, version 14. What should be kept and is not is a `TODO`.
    pub fn to_tap(&self) -> String {
        tap::written(self)
    }
}

impl Finding {
    fn is_fatal(&self) -> bool {
        self.rule.weight == Weight::Must && matches!(self.verdict, Verdict::Broken(_))
    }
}
