//! How it grows. Each file has one picture, or two that need the same programs.

mod links;
mod names;
mod secrets;
mod threads;
mod variables;

use super::curve::{Curve, Series};
use super::lab::Lab;
use super::rounds::Effort;
use super::unit::Unit;
use crate::Outcome;

/// All of the pictures.
pub(crate) fn all(lab: &Lab) -> Outcome<Vec<Curve>> {
    println!("== how it grows");
    let effort = Effort { rounds: lab.effort.rounds.min(25), ..lab.effort };
    let mut curves = Vec::new();
    for each in
        [variables::curve, secrets::open, secrets::get, links::curve, threads::curve, names::curve]
    {
        let curve = each(lab, effort)?;
        println!("   {}", curve.sentence);
        curves.push(curve);
    }
    Ok(curves)
}

/// A curve of times.
fn times(key: &str, title: &str, sizes: &str, figures: &str, series: Vec<Series>) -> Curve {
    Curve {
        key: key.into(),
        title: title.into(),
        sizes: sizes.into(),
        figures: figures.into(),
        unit: Unit::Nanoseconds,
        series,
        sentence: String::new(),
    }
}

/// `1.1 ×`
fn growth(series: &Series) -> String {
    Unit::Times.show(series.growth())
}

/// One figure for each size.
fn points(
    sizes: &[usize],
    mut figure: impl FnMut(usize) -> Outcome<f64>,
) -> Outcome<Vec<(f64, f64)>> {
    sizes.iter().map(|size| Ok((*size as f64, figure(*size)?))).collect()
}
