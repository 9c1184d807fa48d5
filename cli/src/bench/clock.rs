//! The clock, and what reading it costs.

use std::time::Instant;

use crate::units::{PER_NANOSECOND, Picoseconds};

pub(crate) const PER_SECOND: Picoseconds = 1_000_000_000_000;

/// The clock of this machine.
pub(crate) struct Clock {
    /// What is measured too much when one call is timed: one reading.
    pub(crate) reading: Picoseconds,
}

impl Clock {
    /// Measures the reading of it: the least of a few means, since whatever comes between only adds.
    pub(crate) fn measured() -> Self {
        const READINGS: u64 = 2_000;
        let mean = || {
            let start = Instant::now();
            for _ in 0..READINGS {
                std::hint::black_box(Instant::now());
            }
            picoseconds(start) / READINGS
        };
        Self { reading: (0..20).map(|_| mean()).min().unwrap_or(0) }
    }

    /// What `call` gives, and how long it took.
    pub(crate) fn time<T>(&self, call: impl FnOnce() -> T) -> (T, Picoseconds) {
        let start = Instant::now();
        let given = std::hint::black_box(call());
        let took = picoseconds(start);
        (given, took.saturating_sub(self.reading))
    }
}

fn picoseconds(since: Instant) -> Picoseconds {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_mul(PER_NANOSECOND)
}
