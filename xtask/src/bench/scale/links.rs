//! With the number of links in the chain.

use std::fmt::Write as _;

use super::{growth, points, times};
use crate::Outcome;
use crate::bench::curve::{Curve, Series};
use crate::bench::lab::Lab;
use crate::bench::rounds::{Effort, Side, median};

const SIZES: [usize; 6] = [1, 2, 4, 8, 16, 32];

pub(super) fn curve(lab: &Lab, effort: Effort) -> Outcome<Curve> {
    let points = points(&SIZES, |size| {
        let place = lab.place("", 0);
        let plugin = lab.plugin(&place, "benches/c/fixed.c");
        // Each has one name; the last one's is asked for.
        let mut tables = String::new();
        for i in 0..size {
            let name = if i + 1 == size { "IN_PLUGIN".into() } else { format!("IN_PLUGIN_{i}") };
            let _ = write!(
                tables,
                "[secrets.providers.p{i}]\nplugin = {plugin:?}\nisolation = 'in-process'\n\
                 config.name = '{name}'\n"
            );
        }
        let links: Vec<String> = (0..size).map(|i| format!("'p{i}'")).collect();
        place.home.config(&format!("[secrets]\nchain = [{}]\n{tables}", links.join(", ")));
        let host = lab.host(&place)?;
        median(&Side::new(&host, "get_into_plugin #"), effort)
    })?;
    let series = Series { name: "C get_into, hit in the last plugin".into(), points };
    let added = (series.points[5].1 - series.points[0].1) / 31.0;
    let sentence = format!(
        "From 1 to 32 plugins in the process, of which the last one has the name, a get grows by {}: {added:.1} ns \
         for each that has not got it.",
        growth(&series)
    );
    let curve = times(
        "links",
        "One get, by the links of the chain",
        "links in the chain",
        "one get",
        vec![series],
    );
    Ok(Curve { sentence, ..curve })
}
