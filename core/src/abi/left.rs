//! Calls that are still inside an instance, and that their callers left before the time was up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::per_process::PerProcess;

/// Whether a call has come back.
pub(super) type Back = Arc<AtomicBool>;

/// The calls that were left, until they come back.
pub(super) struct Left {
    any: AtomicBool,
    calls: PerProcess<Mutex<Vec<(Back, Instant)>>>,
}

impl Left {
    pub(super) const fn none() -> Self {
        Self { any: AtomicBool::new(false), calls: PerProcess::empty() }
    }

    /// One more, which should be back by `at`.
    pub(super) fn add(&self, back: Back, at: Instant) {
        let mut calls =
            self.calls.get(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        calls.push((back, at));
        self.any.store(true, Ordering::Relaxed);
    }

    /// Whether one of them should have come back by now.
    #[inline]
    pub(super) fn is_overdue(&self) -> bool {
        self.any.load(Ordering::Relaxed) && self.one_is_overdue()
    }

    #[cold]
    fn one_is_overdue(&self) -> bool {
        let mut calls =
            self.calls.get(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        calls.retain(|(back, _)| !back.load(Ordering::Acquire));
        self.any.store(!calls.is_empty(), Ordering::Relaxed);
        let now = Instant::now();
        calls.iter().any(|(_, at)| *at <= now)
    }
}
