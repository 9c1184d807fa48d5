//! Measures one kind of call, again and again.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use prefect_secrets_core::{Deadline, Kind as ErrorKind};
use serde::Serialize;

use super::answered::{Answered, Outcome};
use super::clock::Clock;
use super::failures::Failures;
use super::interrupt::Interrupt;
use super::series::Series;
use crate::arguments::Bench;
use crate::progress::Progress;
use crate::units::{PER_NANOSECOND, Picoseconds};

/// How far away an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    /// In this process, known to the library.
    Memory,
    /// So quick that no network can be on the way.
    Near,
    /// Perhaps beyond a network, whose other end is not to be flooded.
    Far,
}

/// Below this nobody beyond a network has answered, not even on this machine.
const NEAR: Picoseconds = 20_000 * PER_NANOSECOND;
/// Calls below this are measured in batches, of at least as long as [`BATCH`].
const QUICK: Picoseconds = 2_000 * PER_NANOSECOND;
const BATCH: Picoseconds = 20_000 * PER_NANOSECOND;
/// What a series of calls that are not far may take: more would not change it.
pub(crate) const ENOUGH: Duration = Duration::from_millis(200);
/// How many failures in a row are enough.
const FAILURES: u32 = 3;
/// No clock goes further than people wait.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);
/// What is asked of somebody far away, unless the person says more.
pub(crate) const FAR_CALLS: u64 = 20;

/// Measures, within the time and the counts that were given.
pub(crate) struct Meter {
    pub(crate) clock: Clock,
    pub(crate) interrupt: Interrupt,
    pub(crate) progress: Progress,
    pub(crate) failures: RefCell<Failures>,
    pub(crate) count: Option<u64>,
    /// Whether the time was up while a call had not come back.
    pub(crate) was_cut: Cell<bool>,
    timeout: Duration,
    ends: Instant,
}

/// How long a call may take.
#[derive(Clone, Copy)]
pub(crate) enum Patience {
    /// As long as a program gives it: somebody near answers.
    Plain,
    /// Until the measuring ends, too, or Ctrl-C comes.
    Waiting,
}

/// What is to be measured.
pub(crate) struct Kind<'k> {
    pub(crate) names: &'k [&'k str],
    pub(crate) expected: Outcome,
    pub(crate) in_memory: bool,
    /// The calls that the person allows, and if nothing was said those to somebody far away.
    pub(crate) most: Option<u64>,
    pub(crate) most_far: u64,
    pub(crate) share: Duration,
}

/// What was measured, by the answer that came.
pub(crate) struct Measured {
    pub(crate) place: Place,
    pub(crate) series: [Series; 3],
}

/// Failures in a row, of somebody who is not to be asked on for ever.
pub(crate) struct Patient {
    failures: u32,
    enough: u32,
}

impl Patient {
    /// Of one that has failed already, one more failure is enough.
    pub(crate) fn with(expected: Outcome) -> Self {
        Self { failures: 0, enough: if expected == Outcome::Failed { 1 } else { FAILURES } }
    }

    pub(crate) fn saw(&mut self, outcome: Outcome) {
        self.failures = if outcome == Outcome::Failed { self.failures + 1 } else { 0 };
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.failures >= self.enough
    }
}

impl Measured {
    pub(crate) fn nothing(place: Place) -> Self {
        Self { place, series: std::array::from_fn(|_| Series::new()) }
    }

    pub(crate) fn add(&mut self, outcome: Outcome, calls: u64, spent: Picoseconds) {
        self.series[outcome as usize].add(calls, spent);
    }

    fn calls(&self) -> u64 {
        self.series.iter().map(Series::calls).sum()
    }
}

impl Meter {
    pub(crate) fn new(bench: &Bench, interrupt: Interrupt) -> Self {
        Self {
            clock: Clock::measured(),
            interrupt,
            progress: Progress::begin(),
            failures: RefCell::default(),
            count: bench.count,
            was_cut: Cell::new(false),
            timeout: bench.timeout,
            ends: Instant::now() + bench.seconds.min(LONGEST),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.interrupt.came() || self.left().is_zero()
    }

    pub(crate) fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// Of a call before the measuring: it leaves time for that.
    pub(crate) fn before(&self) -> Deadline {
        self.interrupt.or(Deadline::within(self.timeout.min(self.left() / 2)))
    }

    /// Of a call that somebody near answers: as a program gives it.
    pub(crate) fn plain(&self) -> Deadline {
        Deadline::within(self.timeout)
    }

    /// Asks for the names in turn, as often as time and counts allow.
    pub(crate) fn measure(
        &self,
        kind: &Kind<'_>,
        ask: impl Fn(&str, &Deadline) -> Answered,
    ) -> Measured {
        let mut turns = kind.names.iter().copied().cycle();
        let mut next = || turns.next().unwrap_or_default();
        let until = Instant::now() + kind.share.min(self.left());
        let mut measured = Measured::nothing(Place::Far);
        let mut patient = Patient::with(kind.expected);
        // The first few tell how far away the answer is, and are part of it if that is far.
        let first_look = if kind.in_memory { 0 } else { 5 };
        let mut quickest = if kind.in_memory { 0 } else { Picoseconds::MAX };
        let most_far = kind.most.unwrap_or(kind.most_far);
        while measured.calls() < most_far
            && !patient.is_at_end()
            && (measured.calls() < first_look || quickest > NEAR)
            && (Instant::now() < until || measured.calls() == 0)
            && !self.is_over()
        {
            let Some((outcome, took)) = self.once(next(), Patience::Waiting, &ask) else {
                return measured;
            };
            measured.add(outcome, 1, took);
            quickest = quickest.min(took);
            patient.saw(outcome);
        }
        if quickest > NEAR || patient.is_at_end() {
            return measured;
        }
        let place = if kind.in_memory { Place::Memory } else { Place::Near };
        measured = Measured::nothing(place);
        let until = until.min(Instant::now() + ENOUGH);
        let most = kind.most.unwrap_or(u64::MAX);
        let mut batch = self.batch(&mut next, &ask).min(most);
        while measured.calls() < most
            && !patient.is_at_end()
            && (Instant::now() < until || measured.calls() == 0)
            && !self.is_over()
        {
            let calls = batch.min(most - measured.calls());
            if calls > 1 {
                let (as_expected, took) = self.clock.time(|| {
                    (0..calls).all(|_| {
                        let answered = ask(next(), &self.plain());
                        answered.outcome() == Some(kind.expected)
                    })
                });
                if as_expected {
                    measured.add(kind.expected, calls, took);
                    continue;
                }
                // Another answer than before: what each is, and takes, is seen one by one.
                batch = 1;
            }
            let Some((outcome, took)) = self.once(next(), Patience::Plain, &ask) else {
                return measured;
            };
            measured.add(outcome, 1, took);
            patient.saw(outcome);
        }
        measured
    }

    /// One call, timed; `None` if Ctrl-C or the end of the measuring cut it short.
    pub(crate) fn once(
        &self,
        name: &str,
        patience: Patience,
        ask: impl Fn(&str, &Deadline) -> Answered,
    ) -> Option<(Outcome, Picoseconds)> {
        let (deadline, shorter) = match patience {
            Patience::Plain => (self.plain(), false),
            Patience::Waiting => {
                let left = self.left();
                let deadline = self.interrupt.or(Deadline::within(self.timeout.min(left)));
                (deadline, left < self.timeout)
            }
        };
        let (answered, took) = self.clock.time(|| ask(name, &deadline));
        if let Answered::Failed(error) = &answered {
            if shorter && error.kind() == ErrorKind::TimedOut {
                self.was_cut.set(true);
                return None;
            }
            self.failures.borrow_mut().add(error);
        }
        Some((answered.outcome()?, took))
    }

    /// How many calls a sample takes: a power of ten, as few as the clock can tell apart well.
    fn batch<'n>(
        &self,
        next: &mut impl FnMut() -> &'n str,
        ask: &impl Fn(&str, &Deadline) -> Answered,
    ) -> u64 {
        const LOOK: u64 = 32;
        let ((), took) = self.clock.time(|| {
            for _ in 0..LOOK {
                std::hint::black_box(ask(next(), &self.plain()));
            }
        });
        let one = (took / LOOK).max(1);
        if one >= QUICK {
            return 1;
        }
        let mut batch = 10;
        while batch * one < BATCH {
            batch *= 10;
        }
        batch
    }
}
