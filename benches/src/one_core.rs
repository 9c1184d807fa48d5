//! Two sides that take turns, on one core.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Keeps this thread, and every program that it starts meanwhile, on one core. Where a system puts two
/// programs that wake each other is its own affair, and may be another core that sleeps: that takes ten times
/// as long as what is measured, on either side and from run to run.
pub struct OneCore {
    before: CpuSet,
}

impl OneCore {
    /// From here until it is dropped.
    pub fn begin() -> io::Result<Self> {
        let before = sched_getaffinity(None)?;
        let allowed = (0..CpuSet::MAX_CPU).find(|&core| before.is_set(core));
        let mut one = CpuSet::new();
        one.set(allowed.ok_or(io::ErrorKind::NotFound)?);
        sched_setaffinity(None, &one)?;
        Ok(Self { before })
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        // It was allowed before.
        let _ = sched_setaffinity(None, &self.before);
    }
}
