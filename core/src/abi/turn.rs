//! One caller at a time, for a provider that is not thread-safe.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::fork;
use super::per_process::PerProcess;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};

/// Serialises the calls into one instance. It keeps the deadline while waiting, and it does not
/// hang in a forked child whose parent was inside the instance.
pub(super) struct Turn {
    /// 0 if nobody is inside; else one more than the generation of the process that is.
    inside: AtomicU64,
    line: PerProcess<Line>,
}

/// Where the threads of one process wait.
struct Line {
    generation: u64,
    waiting: Mutex<()>,
    free: Condvar,
}

/// The turn of one caller; it ends when this is dropped.
pub(super) struct Taken<'a>(&'a Turn);

impl Turn {
    pub(super) fn new() -> Self {
        Self { inside: AtomicU64::new(0), line: PerProcess::empty() }
    }

    pub(super) fn take(&self, deadline: &Deadline) -> Result<Taken<'_>, Error> {
        if self.try_take() {
            return Ok(Taken(self));
        }
        let line = self.line();
        let mut waiting = line.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if self.try_take() {
                return Ok(Taken(self));
            }
            let inside = self.inside.load(Ordering::Relaxed);
            if inside != 0 && inside != line.generation + 1 {
                return Err(Error::new(
                    Kind::Unavailable,
                    "another thread was inside this provider when the process forked",
                    "open a chain of its own in the child, or mark the provider thread-safe",
                ));
            }
            let wait = deadline.patience();
            if wait.is_zero() {
                return Err(deadline.passed("another call was inside this provider"));
            }
            waiting =
                line.free.wait_timeout(waiting, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn try_take(&self) -> bool {
        let ours = fork::generation() + 1;
        self.inside.compare_exchange(0, ours, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    fn line(&self) -> &Line {
        let new = || Line {
            generation: fork::generation(),
            waiting: Mutex::new(()),
            free: Condvar::new(),
        };
        self.line.get(new)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.inside.store(0, Ordering::Release);
        let line = self.0.line();
        // Under the lock, so that nobody starts to wait between the store and the call.
        let waiting = line.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        line.free.notify_one();
        drop(waiting);
    }
}
