//! What a rule is.

use crate::finding::Outcome;
use crate::trial::Trial;

/// How much a rule weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A plugin that breaks it does not conform.
    Must,
    /// A plugin that breaks it could be better.
    Should,
}

/// One promise of a plugin.
pub struct Rule {
    /// Its name, as `group/name`. Stable: people write it into their own scripts.
    pub name: &'static str,
    /// What is asked, and why, in a sentence or two.
    pub explanation: &'static str,
    /// How much it weighs.
    pub weight: Weight,
    /// The rule that has to be kept for this one to make sense.
    pub rests_on: Option<&'static str>,
    pub(crate) trial: fn(&Trial<'_>) -> Outcome,
}

impl Rule {
    /// A rule that must be kept.
    pub(crate) const fn must(
        name: &'static str,
        rests_on: Option<&'static str>,
        trial: fn(&Trial<'_>) -> Outcome,
        explanation: &'static str,
    ) -> Self {
        Self { name, explanation, weight: Weight::Must, rests_on, trial }
    }

    /// A rule that should be kept.
    pub(crate) const fn should(
        name: &'static str,
        rests_on: Option<&'static str>,
        trial: fn(&Trial<'_>) -> Outcome,
        explanation: &'static str,
    ) -> Self {
        Self { name, explanation, weight: Weight::Should, rests_on, trial }
    }
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
