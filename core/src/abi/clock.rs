//! The system's last tick: a fifth of the time that reading the clock takes.

use std::time::Duration;

/// When the system ticked last, in nanoseconds of the clock that [`since`] reads.
#[inline]
pub(crate) fn tick() -> u64 {
    read(libc::CLOCK_MONOTONIC_COARSE)
}

/// The time since a tick.
pub(crate) fn since(tick: u64) -> Duration {
    Duration::from_nanos(read(libc::CLOCK_MONOTONIC).saturating_sub(tick))
}

#[inline]
fn read(clock: libc::clockid_t) -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place for the time. The call fails for a clock that is not there, and these are.
    unsafe { libc::clock_gettime(clock, &raw mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_tick_is_not_ahead_and_not_far_behind() {
        let since = since(tick());
        assert!(since < Duration::from_secs(1), "{since:?}");
        let before = tick();
        std::thread::sleep(Duration::from_millis(50));
        assert!(tick() > before);
    }
}
