//! With the number of secrets in TOML.

use super::{growth, points, times};
use crate::Outcome;
use crate::bench::curve::{Curve, Series};
use crate::bench::lab::{Lab, secrets};
use crate::bench::rounds::{Effort, Side, median};
use crate::bench::unit::Unit;

const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

/// What opening takes.
pub(super) fn open(lab: &Lab, effort: Effort) -> Outcome<Curve> {
    let place = lab.place("", 0);
    let host = lab.host(&place)?;
    let points = points(&SIZES, |size| {
        let file = place.home.write("many.toml", secrets(size));
        let command = format!("open # {} IN_FILE_{}", file.display(), size - 1);
        let effort = Effort { rounds: if size > 1_000 { 5 } else { effort.rounds }, ..effort };
        Ok(median(&Side::new(&host, command).at_most(200), effort)? / size as f64)
    })?;
    let series = Series { name: "open, for each secret".into(), points };
    let at = |place: usize| Unit::Nanoseconds.show(series.points[place].1);
    let sentence = format!(
        "Opening takes {} for each secret when there are 100, {} when there are 100,000.",
        at(1),
        at(4)
    );
    let title = "Opening, by the number of secrets";
    let curve =
        times("secrets_open", title, "secrets in TOML", "opening, for each secret", vec![series]);
    Ok(Curve { sentence, ..curve })
}

/// What a get takes.
pub(super) fn get(lab: &Lab, effort: Effort) -> Outcome<Curve> {
    let (mut into, mut handle) = (Vec::new(), Vec::new());
    for size in SIZES {
        let place = lab.place(&secrets(size), 0);
        let host = lab.host(&place)?;
        let name = format!("IN_FILE_{}", size - 1);
        let one = |command| median(&Side::new(&host, format!("{command} # {name}")), effort);
        into.push((size as f64, one("get_into")?));
        handle.push((size as f64, one("get")?));
    }
    let into = Series { name: "C get_into".into(), points: into };
    let handle = Series { name: "C handle".into(), points: handle };
    let sentence = format!(
        "From 10 to 100,000 secrets a get into a buffer grows by {}, a handle by {}.",
        growth(&into),
        growth(&handle)
    );
    let title = "One get, by the number of secrets";
    let curve = times("secrets_get", title, "secrets in TOML", "one get", vec![into, handle]);
    Ok(Curve { sentence, ..curve })
}
