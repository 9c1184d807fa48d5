//! Until when a call may take.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::abi::clock;
use crate::cancellation::Cancellation;
use crate::error::{Error, Kind};

/// The time one call may take in all, over every provider that it asks.
///
/// The clock is read when somebody first wants to know: a hit in memory takes less time than
/// reading it. Everything before that first look is not counted, and is memory work.
pub struct Deadline {
    budget: Duration,
    at: OnceLock<Option<Instant>>,
    /// The tick of the system in which it began; 0 before, and [`LOOKED`] once the clock was read.
    began: AtomicU64,
    /// Whether it may end without its time: it can be cancelled, or has no time at all.
    may_end: bool,
    upstream: Option<Upstream>,
    cancellation: Option<Cancellation>,
}

/// Somebody has looked at the clock, and knows the moment.
const LOOKED: u64 = u64::MAX;

/// A deadline that the other side of the ABI keeps.
#[derive(Clone, Copy)]
pub(crate) struct Upstream {
    /// Answers for `handle` the time that remains.
    pub(crate) remaining: fn(usize) -> Duration,
    /// Answers for `handle` whether its caller has no use for an answer any more.
    pub(crate) should_stop: fn(usize) -> bool,
    pub(crate) handle: usize,
}

impl Deadline {
    /// What a call may take when nothing is said: 30 seconds.
    pub const DEFAULT: Duration = Duration::from_secs(30);

    /// A deadline `budget` from now. [`Duration::MAX`] is no deadline at all.
    #[inline]
    pub fn within(budget: Duration) -> Self {
        let (at, began, may_end) = (OnceLock::new(), AtomicU64::new(0), budget.is_zero());
        Self { budget, at, began, may_end, upstream: None, cancellation: None }
    }

    /// No deadline.
    #[inline]
    pub fn none() -> Self {
        Self::within(Duration::MAX)
    }

    pub(crate) fn kept_by(upstream: Upstream) -> Self {
        Self { upstream: Some(upstream), ..Self::none() }
    }

    /// The same time, or until `cancellation` is cancelled. In the place of one that was there.
    #[must_use]
    pub fn or(mut self, cancellation: &Cancellation) -> Self {
        self.cancellation = Some(cancellation.clone());
        self.may_end = true;
        self
    }

    /// The same time for work that must not be left half done.
    #[must_use]
    pub fn uncancellable(&self) -> Self {
        Self { cancellation: None, may_end: self.budget.is_zero(), ..self.clone() }
    }

    /// What can end it early.
    pub fn cancellation(&self) -> Option<&Cancellation> {
        self.cancellation.as_ref()
    }

    /// Whether somebody has cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.as_ref().is_some_and(Cancellation::is_cancelled)
    }

    /// Whether only what is in memory can be answered in time.
    pub(crate) fn waits(&self) -> bool {
        !self.budget.is_zero()
    }

    /// Whether the call may have ended already: it can be cancelled, or its time is being taken.
    #[inline(always)]
    pub fn is_running(&self) -> bool {
        self.may_end || (self.began.load(Ordering::Relaxed) != 0 && self.may_be_over())
    }

    pub(crate) fn budget(&self) -> Duration {
        self.budget
    }

    /// The moment of expiry, `None` without a deadline. Reads the clock the first time.
    #[inline]
    pub fn at(&self) -> Option<Instant> {
        *self.at.get_or_init(|| {
            let budget = match self.upstream {
                Some(upstream) => (upstream.remaining)(upstream.handle),
                None if self.budget == Duration::MAX => Duration::MAX,
                None => self.budget.saturating_sub(match self.began.load(Ordering::Relaxed) {
                    0 | LOOKED => Duration::ZERO,
                    began => clock::since(began),
                }),
            };
            self.began.store(LOOKED, Ordering::Relaxed);
            if budget == Duration::MAX {
                return None;
            }
            Instant::now().checked_add(budget)
        })
    }

    /// Lets the time run from here, for work that may take some without looking at the deadline. The
    /// clock takes as long to read as such work often does; for more than a second the last tick of
    /// the system is near enough, and then the time may be over so much too early (4 ms, mostly).
    #[inline]
    pub(crate) fn begin(&self) {
        if self.began.load(Ordering::Relaxed) != 0 {
            return;
        }
        if self.budget < Duration::from_secs(1) || self.upstream.is_some() {
            self.at();
        } else if self.budget != Duration::MAX {
            self.began.store(clock::tick(), Ordering::Relaxed);
        }
    }

    /// Whether it began, and its time may be up.
    #[inline(never)]
    fn may_be_over(&self) -> bool {
        let ran = |began| Duration::from_nanos(clock::tick().saturating_sub(began));
        match self.began.load(Ordering::Relaxed) {
            0 => false,
            LOOKED => true,
            began => ran(began) >= self.budget,
        }
    }

    /// The time that is left; zero once expired or cancelled, [`Duration::MAX`] without a deadline.
    #[inline]
    pub fn remaining(&self) -> Duration {
        if self.is_cancelled() {
            return Duration::ZERO;
        }
        match self.at() {
            Some(at) => at.saturating_duration_since(Instant::now()),
            None => Duration::MAX,
        }
    }

    /// How long to wait for anything before the deadline is looked at again: the time that is left,
    /// but no longer than a moment if the call can be cancelled, and no longer than a day. Who waits
    /// for so long leaves soon after its caller has.
    pub fn patience(&self) -> Duration {
        const MOMENT: Duration = Duration::from_millis(250);
        const DAY: Duration = Duration::from_secs(86_400); // some waits cannot be longer
        let most = if self.cancellation.is_some() { MOMENT } else { DAY };
        self.remaining().min(most)
    }

    /// Whether the caller has no use for an answer any more. A provider that works for long
    /// asks this now and then.
    pub fn should_stop(&self) -> bool {
        let upstream = self.upstream.is_some_and(|host| (host.should_stop)(host.handle));
        upstream || self.remaining().is_zero()
    }

    /// Fails with *timed out* if the time is up. `doing` says what the time was for. A deadline
    /// that nobody has looked at yet costs nothing here.
    #[inline]
    pub fn check(&self, doing: &str) -> Result<(), Error> {
        self.check_with(|| format!("while {doing}"))
    }

    #[inline(always)]
    pub(crate) fn check_with(&self, when: impl FnOnce() -> String) -> Result<(), Error> {
        if self.is_running() && self.should_stop() { Err(self.over(&when())) } else { Ok(()) }
    }

    /// The failure to report when the time was up while `doing`.
    pub fn passed(&self, doing: &str) -> Error {
        self.over(&format!("while {doing}"))
    }

    #[cold]
    fn over(&self, when: &str) -> Error {
        if self.is_cancelled() { cancelled() } else { passed(when) }
    }

    /// `outcome`, unless it is that the time was up because somebody cancelled.
    pub(crate) fn outcome<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        match outcome {
            Err(error) if error.kind() == Kind::TimedOut && self.is_cancelled() => Err(cancelled()),
            outcome => outcome,
        }
    }

    /// The earlier of this deadline and `limit` from now.
    #[must_use]
    pub fn at_most(&self, limit: Duration) -> Self {
        let cancellation = self.cancellation.clone();
        let may_end = cancellation.is_some();
        let shorter = Self::within(self.remaining().min(limit));
        Self { may_end: may_end || shorter.may_end, cancellation, ..shorter }
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
        let cancellation = self.cancellation.clone();
        let (began, may_end) = (AtomicU64::new(LOOKED), self.may_end);
        let at = OnceLock::from(at);
        Self { budget: self.budget, at, began, may_end, upstream: None, cancellation }
    }
}

fn cancelled() -> Error {
    Error::new(
        Kind::Cancelled,
        "the caller cancelled the call",
        "ask again if it is wanted after all; a set or delete may have been done all the same",
    )
}

fn passed(when: &str) -> Error {
    Error::new(
        Kind::TimedOut,
        format!("the deadline passed {when}"),
        "allow more time, or find out what is slow",
    )
}
