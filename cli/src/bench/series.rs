//! The times of calls with the same answer.

use hdrhistogram::Histogram;
use serde::Serialize;

use super::buckets::{Bucket, buckets};
use super::clock::PER_SECOND;
use crate::units::{PER_NANOSECOND, Picoseconds};

/// The times of calls with the same answer, to three digits.
pub(crate) struct Series {
    times: Histogram<Picoseconds>,
    calls: u64,
    spent: Picoseconds,
    batch: u64,
}

impl Series {
    pub(crate) fn new() -> Self {
        let times = Histogram::new(3).expect("three digits are few enough");
        Self { times, calls: 0, spent: 0, batch: 1 }
    }

    /// Adds `calls` that took `spent` together.
    pub(crate) fn add(&mut self, calls: u64, spent: Picoseconds) {
        self.times.record(spent / calls).expect("it grows as it has to");
        self.calls += calls;
        self.spent = self.spent.saturating_add(spent);
        self.batch = self.batch.max(calls);
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.times.add(&other.times).expect("it grows as it has to");
        self.calls += other.calls;
        self.spent = self.spent.saturating_add(other.spent);
        self.batch = self.batch.max(other.batch);
    }

    /// What it comes to; `None` without a call.
    pub(crate) fn figures(&self) -> Option<Figures> {
        if self.calls == 0 {
            return None;
        }
        let percentile = |percent: f64| self.times.value_at_percentile(percent);
        let exact = [
            percentile(50.0),
            percentile(90.0),
            percentile(99.0),
            self.times.min(),
            self.times.max(),
        ];
        let [p50_ns, p90_ns, p99_ns, min_ns, max_ns] =
            exact.map(|time| (time + PER_NANOSECOND / 2) / PER_NANOSECOND);
        let per_second = u128::from(self.calls) * u128::from(PER_SECOND);
        Some(Figures {
            calls: self.calls,
            samples: self.times.len(),
            batch: self.batch,
            min_ns,
            p50_ns,
            p90_ns,
            p99_ns,
            max_ns,
            total_ns: self.spent / PER_NANOSECOND,
            calls_per_second: (per_second / u128::from(self.spent.max(1))) as u64,
            histogram: buckets(&self.times),
            exact,
        })
    }
}

/// What a series comes to. Times are of one call; where calls are too quick for the clock, a sample is
/// the mean of a batch of them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) calls: u64,
    pub(crate) samples: u64,
    pub(crate) batch: u64,
    pub(crate) min_ns: u64,
    pub(crate) p50_ns: u64,
    pub(crate) p90_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) max_ns: u64,
    pub(crate) total_ns: u64,
    pub(crate) calls_per_second: u64,
    pub(crate) histogram: Vec<Bucket>,
    /// p50, p90, p99, min and max before they were rounded.
    #[serde(skip)]
    pub(crate) exact: [Picoseconds; 5],
}
