//! Until when a call may take.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};

/// The time one call may take in all, over every provider that it asks.
///
/// The clock is read when somebody first wants to know: a hit in memory takes less time than
/// reading it. Everything before that first look is not counted, and is memory work.
pub struct Deadline {
    budget: Duration,
    at: OnceLock<Option<Instant>>,
    upstream: Option<Upstream>,
}

/// A deadline that the other side of the ABI keeps.
#[derive(Clone, Copy)]
pub(crate) struct Upstream {
    /// Answers for `handle` the time that remains.
    pub(crate) remaining: fn(usize) -> Duration,
    pub(crate) handle: usize,
}

impl Deadline {
    /// What a call may take when nothing is said: 30 seconds.
    pub const DEFAULT: Duration = Duration::from_secs(30);

    /// A deadline `budget` from now. [`Duration::MAX`] is no deadline at all.
    #[inline]
    pub fn within(budget: Duration) -> Self {
        Self { budget, at: OnceLock::new(), upstream: None }
    }

    /// No deadline.
    #[inline]
    pub fn none() -> Self {
        Self::within(Duration::MAX)
    }

    pub(crate) fn kept_by(upstream: Upstream) -> Self {
        Self { budget: Duration::MAX, at: OnceLock::new(), upstream: Some(upstream) }
    }

    /// The moment of expiry, `None` without a deadline. Reads the clock the first time.
    #[inline]
    pub fn at(&self) -> Option<Instant> {
        *self.at.get_or_init(|| {
            let budget = match self.upstream {
                Some(upstream) => (upstream.remaining)(upstream.handle),
                None => self.budget,
            };
            Instant::now().checked_add(budget)
        })
    }

    /// The time that is left; zero once expired, [`Duration::MAX`] without a deadline.
    #[inline]
    pub fn remaining(&self) -> Duration {
        match self.at() {
            Some(at) => at.saturating_duration_since(Instant::now()),
            None => Duration::MAX,
        }
    }

    /// Whether the caller has no use for an answer any more. A provider that works for long
    /// asks this now and then.
    pub fn should_stop(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Fails with *timed out* if the time is up. `doing` says what the time was for. A deadline
    /// that nobody has looked at yet costs nothing here.
    #[inline]
    pub fn check(&self, doing: &str) -> Result<(), Error> {
        self.check_with(|| format!("while {doing}"))
    }

    #[inline]
    pub(crate) fn check_with(&self, when: impl FnOnce() -> String) -> Result<(), Error> {
        let running = self.budget.is_zero() || self.at.get().is_some();
        if running && self.should_stop() { Err(passed(&when())) } else { Ok(()) }
    }

    /// The failure to report when the time was up while `doing`.
    pub fn passed(&self, doing: &str) -> Error {
        passed(&format!("while {doing}"))
    }

    /// The earlier of this deadline and `limit` from now.
    #[must_use]
    pub fn at_most(&self, limit: Duration) -> Self {
        Self::within(self.remaining().min(limit))
    }
}

impl Default for Deadline {
    fn default() -> Self {
        Self::within(Self::DEFAULT)
    }
}

/// A copy expires at the same moment, and may outlive the call it was made in.
impl Clone for Deadline {
    fn clone(&self) -> Self {
        let at = self.at();
        Self { budget: self.budget, at: OnceLock::from(at), upstream: None }
    }
}

fn passed(when: &str) -> Error {
    Error::new(
        Kind::TimedOut,
        format!("the deadline passed {when}"),
        "allow more time, or find out what is slow",
    )
}
