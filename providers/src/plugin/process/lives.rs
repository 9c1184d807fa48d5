//! One process after the other.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prefect_secrets_core::{Deadline, Error, Kind};

use super::connection::Connection;

/// So many processes may end quickly before the next one waits.
const FREE: u32 = 3;
/// How long it waits then; twice as long after each.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A process that lived so long did not end quickly.
const STEADY: Duration = Duration::from_secs(10);

/// The process that lives, and those that did.
pub(super) struct Lives {
    state: Mutex<State>,
    started: Condvar,
}

#[derive(Default)]
struct State {
    life: Option<Arc<Connection>>,
    /// Whether a thread is starting one.
    starting: bool,
    /// How many ended quickly, one after the other.
    ends: u32,
    not_before: Option<Instant>,
}

impl Lives {
    pub(super) fn new(life: Option<Arc<Connection>>) -> Self {
        let state = State { life, ..State::default() };
        Self { state: Mutex::new(state), started: Condvar::new() }
    }

    /// The process that lives; `start` starts one if none does.
    pub(super) fn current(
        &self,
        deadline: &Deadline,
        start: impl FnOnce() -> Result<Arc<Connection>, Error>,
    ) -> Result<Arc<Connection>, Error> {
        let mut state = self.lock();
        loop {
            if let Some(life) = &state.life {
                if life.is_alive() {
                    return Ok(Arc::clone(life));
                }
                let lived = life.born.elapsed();
                state.life = None;
                state.ended(lived);
            }
            if !state.starting {
                break;
            }
            let left = deadline.remaining();
            if left.is_zero() {
                return Err(deadline.passed("its process was being started"));
            }
            let wait = left.min(Duration::from_secs(86_400));
            let waited = self.started.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.may_start()?;
        state.starting = true;
        drop(state);
        let started = start();
        let mut state = self.lock();
        state.starting = false;
        match &started {
            Ok(life) => state.life = Some(Arc::clone(life)),
            // The caller had no more time: that says nothing of the plugin.
            Err(_) if deadline.should_stop() => {}
            Err(_) => state.ended(Duration::ZERO),
        }
        self.started.notify_all();
        started
    }

    /// The process that lives, if one does.
    pub(super) fn living(&self) -> Option<Arc<Connection>> {
        self.lock().life.clone().filter(|life| life.is_alive())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn ended(&mut self, lived: Duration) {
        self.ends = if lived >= STEADY { 1 } else { self.ends.saturating_add(1) };
        let doublings = self.ends.saturating_sub(FREE);
        self.not_before = (doublings > 0).then(|| {
            let wait = FIRST_WAIT.saturating_mul(1 << (doublings - 1).min(16));
            Instant::now() + wait.min(LONGEST_WAIT)
        });
    }

    fn may_start(&self) -> Result<(), Error> {
        let left = self.not_before.map(|at| at.saturating_duration_since(Instant::now()));
        match left {
            Some(left) if !left.is_zero() => Err(Error::new(
                Kind::Unavailable,
                format!(
                    "its process ended {} times, one soon after the other, and is not started again \
                     for {} ms",
                    self.ends,
                    left.as_millis().max(1)
                ),
                "look into the log for why it ends, and report it to the provider's author",
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_ends_make_the_next_start_wait_longer_and_longer() {
        let mut state = State::default();
        let mut waits = Vec::new();
        for _ in 0..16 {
            state.ended(Duration::ZERO);
            let wait = state.not_before.map(|at| at.saturating_duration_since(Instant::now()));
            waits.push(wait.unwrap_or_default().as_millis().div_ceil(100));
            assert_eq!(state.may_start().is_err(), wait.is_some());
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]);
        let error = state.may_start().unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.what().contains("ended 16 times"), "{error}");
        state.ended(STEADY);
        assert!(state.may_start().is_ok(), "a long life is no quick end");
    }
}
