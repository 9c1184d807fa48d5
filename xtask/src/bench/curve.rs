//! How something grows.

use serde::{Deserialize, Serialize};

use super::unit::Unit;

/// What was measured at several sizes; a picture and a sentence.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Curve {
    /// The name of its picture.
    pub(crate) key: String,
    pub(crate) title: String,
    /// What grows: `variables in the environment`.
    pub(crate) sizes: String,
    /// What is measured: `one get`.
    pub(crate) figures: String,
    pub(crate) unit: Unit,
    pub(crate) series: Vec<Series>,
    /// Made of what was measured.
    pub(crate) sentence: String,
}

/// One line of a picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Size and figure.
    pub(crate) points: Vec<(f64, f64)>,
}

impl Series {
    /// How often the figure of the smallest size goes into that of the largest.
    pub(crate) fn growth(&self) -> f64 {
        match (self.points.first(), self.points.last()) {
            (Some((_, first)), Some((_, last))) => last / first,
            _ => f64::NAN,
        }
    }
}
