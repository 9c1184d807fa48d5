//! What a run comes to. As JSON it has this shape; docs/bench.md tells what each member means, and
//! `version` grows when one changes its meaning.

use serde::Serialize;

use super::environment::Environment;
use super::failures::Failure;
use super::meter::Place;
use super::series::Figures;
use super::who::Who;

#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) version: u32,
    /// `complete`, `out of time`, or `interrupted`.
    pub(crate) ended: &'static str,
    pub(crate) environment: Environment,
    pub(crate) names: Vec<Who>,
    pub(crate) names_left_out: usize,
    pub(crate) open: Option<Figures>,
    pub(crate) cold: Vec<Row>,
    pub(crate) warm: Vec<Row>,
    pub(crate) many: Many,
    pub(crate) failures: Vec<Failure>,
}

/// One answer of one provider, or of the chain.
#[derive(Clone, Serialize)]
pub(crate) struct Row {
    /// `provider`, or `chain`.
    pub(crate) asked: &'static str,
    /// Who was asked; of the chain, who answered.
    pub(crate) provider: Option<String>,
    pub(crate) outcome: &'static str,
    pub(crate) names: usize,
    pub(crate) place: Place,
    #[serde(flatten)]
    pub(crate) figures: Figures,
}

/// All names, in two ways.
#[derive(Default, Serialize)]
pub(crate) struct Many {
    pub(crate) names: usize,
    pub(crate) at_once: Option<Figures>,
    pub(crate) one_at_a_time: Option<Figures>,
}

impl Report {
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers are JSON")
    }
}
