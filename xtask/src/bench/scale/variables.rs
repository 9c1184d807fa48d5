//! With the number of variables in the environment.

use super::{growth, points, times};
use crate::Outcome;
use crate::bench::curve::{Curve, Series};
use crate::bench::lab::Lab;
use crate::bench::questions::place;
use crate::bench::rounds::{Effort, Side, median};

const SIZES: [usize; 7] = [10, 30, 100, 300, 1_000, 3_000, 10_000];

pub(super) fn curve(lab: &Lab, effort: Effort) -> Outcome<Curve> {
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    points(&SIZES, |size| {
        let place = place(lab, size);
        let host = lab.host(&place)?;
        let one = |command| median(&Side::new(&host, format!("{command} #")), effort);
        ours.push((size as f64, one("get_into_env")?));
        floor.push((size as f64, one("floor_b")?));
        Ok(0.0)
    })?;
    let ours = Series { name: "C get_into".into(), points: ours };
    let floor = Series { name: "getenv, copy, wipe".into(), points: floor };
    let sentence = format!(
        "From 10 to 10,000 variables a get grows by {}, `getenv` by {}.",
        growth(&ours),
        growth(&floor)
    );
    let title = "One get, by the number of variables";
    let curve =
        times("variables", title, "variables in the environment", "one get", vec![ours, floor]);
    Ok(Curve { sentence, ..curve })
}
