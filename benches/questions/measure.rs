//! Loops with a clock, and questions, which are several of them.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Runs something so often, and says how long that took.
pub(crate) struct Loop {
    pub(crate) name: String,
    pub(crate) run: Box<dyn FnMut(u64) -> Duration>,
}

impl Loop {
    /// One that has a clock of its own.
    pub(crate) fn new(name: impl Into<String>, run: impl FnMut(u64) -> Duration + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    /// In CPU time of the thread.
    pub(crate) fn cpu(name: impl Into<String>, mut once: impl FnMut() + 'static) -> Self {
        Self::new(name, move |count| {
            let start = thread_time();
            (0..count).for_each(|_| once());
            thread_time() - start
        })
    }

    /// In wall time: for what waits.
    pub(crate) fn wall(name: impl Into<String>, mut once: impl FnMut() + 'static) -> Self {
        Self::new(name, move |count| {
            let start = Instant::now();
            (0..count).for_each(|_| once());
            start.elapsed()
        })
    }
}

/// The CPU time of this thread.
fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, rest) = (now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs());
    Duration::from_secs(seconds) + Duration::from_nanos(rest)
}

/// What a `get` gave: the right length, and the right sum of its bytes.
pub(crate) fn check(text: &[u8]) {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    assert!(text.len() == 32 && sum(text) == EXPECTED, "not the value that was set");
}

const EXPECTED: u32 = {
    let (bytes, mut sum, mut at) = (prefect_secrets_benches::VALUE.as_bytes(), 0, 0);
    while at < bytes.len() {
        sum += bytes[at] as u32;
        at += 1;
    }
    sum
};
