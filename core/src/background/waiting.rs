//! A call whose caller waits for it, and may leave before it is over.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pool;
use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};

/// Where the outcome comes.
struct Place<T> {
    outcome: Mutex<Option<Result<T, Error>>>,
    changed: Condvar,
}

/// See [`Chain::cancellable`].
pub(super) fn wait<T: Send + 'static>(
    chain: &Arc<Chain>,
    deadline: &Deadline,
    work: impl FnOnce(&Chain, &Deadline) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let Some(cancellation) = deadline.cancellation() else { return work(chain, deadline) };
    if deadline.should_stop() {
        return Err(deadline.passed("it was to be begun"));
    }
    let place = Arc::new(Place { outcome: Mutex::new(None), changed: Condvar::new() });
    let (chain, theirs) = (Arc::clone(chain), deadline.clone());
    let worker = Worker(Arc::clone(&place));
    let job = move || worker.0.put(work(&chain, &theirs));
    pool::submit(Box::new(job)).map_err(|(error, _)| error)?;

    let waker = Arc::downgrade(&place);
    let _watch = cancellation.watch(move || {
        if let Some(place) = waker.upgrade() {
            // Under the lock, so that it is not between its look and its wait.
            let _outcome = place.outcome.lock().unwrap_or_else(PoisonError::into_inner);
            place.changed.notify_all();
        }
    });
    let until = deadline.given_up_at();
    let mut outcome = place.outcome.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(outcome) = outcome.take() {
            return deadline.outcome(outcome);
        }
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if cancellation.is_cancelled() || left.is_some_and(|left| left.is_zero()) {
            return Err(deadline.passed("its answer was waited for"));
        }
        // A day at a time: the condition variable cannot wait for `Duration::MAX`.
        let wait = left.unwrap_or(Duration::MAX).min(Duration::from_secs(86_400));
        outcome =
            place.changed.wait_timeout(outcome, wait).unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// The one who works on a call. If it panics, that is the outcome.
struct Worker<T>(Arc<Place<T>>);

impl<T> Place<T> {
    fn put(&self, outcome: Result<T, Error>) {
        let mut place = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(outcome);
        self.changed.notify_all();
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.put(Err(Error::new(
                Kind::Panicked,
                "the library panicked",
                "report it, with what the program asked for",
            )));
        }
    }
}
