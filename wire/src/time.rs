//! Deadlines between processes: a time of the one clock that both have.

use std::time::Duration;

use prefect_secrets_core::Deadline;
use rustix::time::{ClockId, clock_gettime};

fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    (now.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(now.tv_nsec as u64)
}

/// When `deadline` passes, in nanoseconds of `CLOCK_MONOTONIC`; `None` if it never does.
pub fn absolute(deadline: &Deadline) -> Option<u64> {
    let remaining = deadline.remaining();
    let remaining = u64::try_from(remaining.as_nanos()).ok()?;
    now().checked_add(remaining)
}

/// The deadline at a time of `CLOCK_MONOTONIC`; its clock runs.
pub fn deadline_at(nanoseconds: Option<u64>) -> Deadline {
    let Some(at) = nanoseconds else { return Deadline::none() };
    let deadline = Deadline::within(Duration::from_nanos(at.saturating_sub(now())));
    deadline.at();
    deadline
}
