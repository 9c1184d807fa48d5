//! With the number of names in one get_many.

use super::{points, times};
use crate::Outcome;
use crate::bench::curve::{Curve, Series};
use crate::bench::lab::{Lab, secrets};
use crate::bench::rounds::{Effort, Side, median};
use crate::bench::unit::Unit;

const SIZES: [usize; 8] = [1, 2, 5, 10, 20, 50, 200, 500];

pub(super) fn curve(lab: &Lab, effort: Effort) -> Outcome<Curve> {
    let place = lab.place(&secrets(500), 0);
    let host = lab.host(&place)?;
    let series = |name: &str, command: &str| {
        let points = points(&SIZES, |size| {
            host.number(&format!("names {size} IN_FILE_"))?;
            Ok(median(&Side::new(&host, format!("{command} #")), effort)? / size as f64)
        });
        Ok::<_, String>(Series { name: name.into(), points: points? })
    };
    let series = vec![series("get_many", "get_many")?, series("handles one by one", "get_each")?];
    let at = |place: usize| Unit::Nanoseconds.show(series[0].points[place].1);
    let sentence = format!(
        "In one `get_many` a name takes {} alone, {} among 50 and {} among 500.",
        at(0),
        at(5),
        at(7)
    );
    let title = "One name, by the names in one get_many";
    let curve = times("names", title, "names in one get_many", "one name", series);
    Ok(Curve { sentence, ..curve })
}
