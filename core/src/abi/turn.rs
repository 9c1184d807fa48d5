//! One caller at a time, for a provider that is not thread-safe.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::fork;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};

/// Serialises the calls into one instance. It keeps the deadline while waiting, and it does not
/// hang in a forked child whose parent was inside the instance.
pub(super) struct Turn {
    generation: u64,
    busy: AtomicBool,
    waiting: Mutex<()>,
    free: Condvar,
}

/// The turn of one caller; it ends when this is dropped.
pub(super) struct Taken<'a>(&'a Turn);

impl Turn {
    pub(super) fn new() -> Self {
        Self {
            generation: fork::generation(),
            busy: AtomicBool::new(false),
            waiting: Mutex::new(()),
            free: Condvar::new(),
        }
    }

    pub(super) fn take(&self, deadline: &Deadline) -> Result<Taken<'_>, Error> {
        if self.try_take() {
            return Ok(Taken(self));
        }
        if fork::generation() != self.generation {
            return Err(Error::new(
                Kind::Unavailable,
                "another thread was inside this provider when the process forked",
                "open a chain of its own in the child, or mark the provider thread-safe",
            ));
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if self.try_take() {
                return Ok(Taken(self));
            }
            let remaining = deadline.remaining();
            if remaining.is_zero() {
                return Err(deadline.passed("another call was inside this provider"));
            }
            // A day at a time: the condition variable cannot wait for `Duration::MAX`.
            let wait = remaining.min(Duration::from_secs(86_400));
            waiting =
                self.free.wait_timeout(waiting, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn try_take(&self) -> bool {
        !self.busy.swap(true, Ordering::Acquire)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Release);
        if fork::generation() == self.0.generation {
            // Under the lock, so that nobody starts to wait between the store and the call.
            let waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            self.0.free.notify_one();
            drop(waiting);
        }
    }
}
