//! One caller at a time, for a provider that is not thread-safe.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::fork;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};

/// Serialises the calls into one instance. It keeps the deadline while waiting, and it does not
/// hang in a forked child whose parent was inside the instance.
pub(super) struct Turn {
    /// 0 if nobody is inside; else one more than the generation of the process that is.
    inside: AtomicU64,
    line: AtomicPtr<Line>,
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
        Self { inside: AtomicU64::new(0), line: AtomicPtr::new(ptr::null_mut()) }
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
            let remaining = deadline.remaining();
            if remaining.is_zero() {
                return Err(deadline.passed("another call was inside this provider"));
            }
            // A day at a time: the condition variable cannot wait for `Duration::MAX`.
            let wait = remaining.min(Duration::from_secs(86_400));
            waiting =
                line.free.wait_timeout(waiting, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn try_take(&self) -> bool {
        let ours = fork::generation() + 1;
        self.inside.compare_exchange(0, ours, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// The line of this process. That of a parent is leaked: a thread that held its lock is not
    /// here to let it go.
    fn line(&self) -> &Line {
        let generation = fork::generation();
        loop {
            let line = self.line.load(Ordering::Acquire);
            // SAFETY: a line, once it stands here, is freed by the drop of the turn only.
            if let Some(line) = unsafe { line.as_ref() }
                && line.generation == generation
            {
                return line;
            }
            let new = Line { generation, waiting: Mutex::new(()), free: Condvar::new() };
            let new = Box::into_raw(Box::new(new));
            let swapped =
                self.line.compare_exchange(line, new, Ordering::AcqRel, Ordering::Relaxed);
            if swapped.is_err() {
                // SAFETY: it was made above, and nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let line = *self.line.get_mut();
        // SAFETY: nobody is left to wait in it. A parent's is leaked, see `line`.
        if unsafe { line.as_ref() }.is_some_and(|line| line.generation == fork::generation()) {
            // SAFETY: it came from a box, and the turn is its last holder.
            drop(unsafe { Box::from_raw(line) });
        }
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
