//! What comes of work that another thread does.
//!
//! Whoever does the work and whoever waits know an [`Outcome`] of no type; the [`Value`] beside it has
//! one. So all but a few lines of each kind of work is compiled once.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, Kind};

/// Whether the work is done, and went well.
#[derive(Default)]
pub(crate) struct Outcome {
    given: Mutex<Option<Result<(), Error>>>,
    changed: Condvar,
}

impl Outcome {
    /// Waits until it is given, for as long as `wait` says each time it is asked; `None` once that is
    /// no time at all.
    pub(crate) fn wait(&self, wait: &dyn Fn() -> Duration) -> Option<Result<(), Error>> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if given.is_some() {
                return given.take();
            }
            let wait = wait();
            if wait.is_zero() {
                return None;
            }
            let waited = self.changed.wait_timeout(given, wait);
            given = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Has whoever waits look again.
    pub(crate) fn wake(&self) {
        // Under the lock, so that nobody is between a look and a wait.
        let _given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        self.changed.notify_all();
    }

    fn give(&self, outcome: Result<(), Error>) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.get_or_insert(outcome);
        self.changed.notify_all();
    }
}

/// The one who does the work. If it panics, that is the outcome.
pub(crate) struct Worker(pub(crate) Arc<Outcome>);

impl Worker {
    /// Tells what came of it.
    pub(crate) fn give(self, outcome: Result<(), Error>) {
        self.0.give(outcome);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.give(Err(panicked()));
        }
    }
}

#[cold]
pub(crate) fn panicked() -> Error {
    Error::new(Kind::Panicked, "the library panicked", "report it, with what the program asked for")
}

/// Where work leaves what it brings. Whoever holds it last drops that: the worker, if nobody waits any
/// more.
pub(crate) struct Value<T>(Arc<Mutex<Option<T>>>);

impl<T> Value<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// Leaves what work has brought.
    pub(crate) fn keep(&self, brought: Result<T, Error>) -> Result<(), Error> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(brought?);
        Ok(())
    }

    /// What it is, after work with this outcome.
    pub(crate) fn after(&self, outcome: Result<(), Error>) -> Result<T, Error> {
        outcome?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(panicked)
    }
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
