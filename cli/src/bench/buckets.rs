//! Times in groups that grow with them, for pictures.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::units::{PER_NANOSECOND, Picoseconds};

/// How many buckets there are from a time to its tenfold: of four neighbours the last ends about where
/// the first doubled would be. The borders still differ as whole nanoseconds.
pub(crate) const PER_DECADE: u32 = 16;
/// What is below this bucket, 7 ns, is in it.
const FIRST: u32 = 14;

/// The times from one border to the next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Bucket {
    /// The power of ten that it begins at, times [`PER_DECADE`], from a nanosecond on.
    #[serde(skip)]
    pub(crate) step: u32,
    pub(crate) from_ns: u64,
    pub(crate) to_ns: u64,
    pub(crate) samples: u64,
}

/// Those that anything is in, from the quickest on.
pub(crate) fn buckets(times: &Histogram<Picoseconds>) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    for recorded in times.iter_recorded() {
        let samples = recorded.count_since_last_iteration();
        let step = step(recorded.value_iterated_to());
        match buckets.last_mut() {
            Some(bucket) if bucket.step == step => bucket.samples += samples,
            _ => {
                let from_ns = if step == FIRST { 0 } else { nanoseconds(step) };
                buckets.push(Bucket { step, from_ns, to_ns: nanoseconds(step + 1), samples });
            }
        }
    }
    buckets
}

fn step(time: Picoseconds) -> u32 {
    let nanoseconds = time as f64 / PER_NANOSECOND as f64;
    ((nanoseconds.log10() * f64::from(PER_DECADE)).floor() as u32).max(FIRST)
}

/// Where a bucket begins.
fn nanoseconds(step: u32) -> u64 {
    10f64.powf(f64::from(step) / f64::from(PER_DECADE)).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_borders_are_whole_nanoseconds_and_grow() {
        for step in FIRST..PER_DECADE * 10 {
            assert!(nanoseconds(step) < nanoseconds(step + 1), "{step}");
        }
    }

    #[test]
    fn every_sample_is_in_one_bucket_that_its_time_fits() {
        let mut times = Histogram::new(3).unwrap();
        for nanoseconds in [0, 1, 8, 31, 32, 1_000, 1_001, 2_000_000, 30_000_000_000] {
            times.record(nanoseconds * PER_NANOSECOND).unwrap();
            let one = {
                let mut one = Histogram::new(3).unwrap();
                one.record(nanoseconds * PER_NANOSECOND).unwrap();
                buckets(&one)
            };
            assert_eq!(one.len(), 1);
            // Borders are rounded, and recorded times are exact to a thousandth.
            let slack = nanoseconds / 500 + 1;
            assert!(one[0].from_ns <= nanoseconds + slack, "{one:?}");
            assert!(nanoseconds <= one[0].to_ns + slack, "{one:?}");
        }
        let buckets = buckets(&times);
        assert_eq!(buckets.iter().map(|bucket| bucket.samples).sum::<u64>(), 9);
        assert!(buckets.is_sorted_by(|one, next| one.to_ns <= next.from_ns), "{buckets:?}");
    }
}
