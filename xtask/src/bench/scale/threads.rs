//! With the number of threads.

use super::{points, times};
use crate::Outcome;
use crate::bench::curve::{Curve, Series};
use crate::bench::lab::Lab;
use crate::bench::questions::place;
use crate::bench::rounds::{Effort, Side, median};
use crate::bench::unit::Unit;

pub(super) fn curve(lab: &Lab, effort: Effort) -> Outcome<Curve> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut sizes = vec![1, 2, 4, 8, 2 * cores, 4 * cores];
    sizes.retain(|size| *size <= 64);
    sizes.sort_unstable();
    sizes.dedup();
    let place = place(lab, 0);
    let host = lab.host(&place)?;
    let effort = Effort { round: effort.round * 25.0, rounds: effort.rounds.min(9) };
    let series = |name: &str, command: &str| {
        let points = points(&sizes, |size| {
            let side = Side::new(&host, format!("{command} {size}")).in_wall_time();
            // The wall time in which each thread gets one, so as many gets as there are threads.
            Ok((size as f64 * 1e9 / median(&side, effort)?).round())
        });
        Ok::<_, String>(Series { name: name.into(), points: points? })
    };
    let series = vec![
        series("handles of different names", "threads-own get # IN_FILE_")?,
        series("get_into, one name", "threads get_into # IN_ENV")?,
        series("getenv, copy, wipe", "threads floor_b # PREFECT__CONTEXT__SECRETS__IN_ENV")?,
    ];
    let two = |series: &Series| Unit::Times.show(series.points[1].1 / series.points[0].1);
    let sentence = format!(
        "Two threads get {} as much as one through handles of different names and {} into buffers, where `getenv` has {}; \
         this machine has {cores} cores.",
        two(&series[0]),
        two(&series[1]),
        two(&series[2])
    );
    let curve = times(
        "threads",
        "Gets in a second, by threads",
        "threads",
        "gets in a second, all threads",
        series,
    );
    Ok(Curve { sentence, unit: Unit::PerSecond, ..curve })
}
