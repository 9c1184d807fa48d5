//! What many rounds of something leave in the heap.

use std::time::{Duration, Instant};

use crate::finding::{Outcome, ensure, skipped};
use crate::process::heap_in_use;

/// Fewer tell nothing: something is always kept.
const ENOUGH: usize = 2_000;
/// The time after which there are no more rounds; a tenth of it goes before.
const LONG_ENOUGH: Duration = Duration::from_secs(3);
/// The most that one round may leave, in bytes: less than any allocation has.
const MOST: usize = 8;

/// Whether that many rounds, or as many as there is time for, leave nothing in the heap.
pub(super) fn none(most: usize, round: impl Fn() -> Outcome, what: &str) -> Outcome {
    // What is made once, and kept, is no leak.
    repeat(&round, most / 100, LONG_ENOUGH / 10)?;
    let before = heap_in_use();
    let rounds = repeat(&round, most, LONG_ENOUGH)?;
    let (Some(before), Some(after)) = (before, heap_in_use()) else {
        return skipped("this C library does not tell how much memory is in use");
    };
    let left = after.saturating_sub(before);
    let leaks = left / rounds >= MOST;
    if rounds < ENOUGH && leaks {
        return skipped(format!("only {rounds} {what} in 3 seconds, too few to tell"));
    }
    ensure(!leaks, || format!("{rounds} {what} left {left} bytes in the heap"))
}

/// At least one round.
fn repeat(round: impl Fn() -> Outcome, most: usize, limit: Duration) -> Outcome<usize> {
    let (start, mut rounds) = (Instant::now(), 0);
    while rounds == 0 || rounds < most && start.elapsed() < limit {
        round()?;
        rounds += 1;
    }
    Ok(rounds)
}
