//! An answer that comes later, for `async` programs.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::call;
use crate::cancellation::Cancellation;
use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::Error;

/// The outcome of a call that goes on by itself. A future for any runtime: a thread of the library
/// does the work, and wakes whoever waits. Dropping it cancels the call.
#[must_use = "nobody hears of the outcome; dropping it cancels the call"]
pub struct Later<T> {
    place: Arc<Mutex<Place<T>>>,
    cancellation: Cancellation,
}

struct Place<T> {
    outcome: Option<Result<T, Error>>,
    waker: Option<Waker>,
}

impl<T: Send + 'static> Later<T> {
    /// One that is there already.
    pub(crate) fn ready(outcome: Result<T, Error>) -> Self {
        let place = Place { outcome: Some(outcome), waker: None };
        Self { place: Arc::new(Mutex::new(place)), cancellation: Cancellation::new() }
    }

    pub(super) fn start(
        chain: &Arc<Chain>,
        deadline: &Deadline,
        work: impl FnOnce(&Chain, &Deadline) -> Result<T, Error> + Send + 'static,
    ) -> Self {
        let place = Arc::new(Mutex::new(Place { outcome: None, waker: None }));
        let cancellation =
            Cancellation::with(deadline.cancellation().cloned().into_iter().collect());
        let theirs = Arc::clone(&place);
        let (work, value) = super::keeping(work);
        let done = move |outcome| {
            let outcome = value.after(outcome);
            let mut place = theirs.lock().unwrap_or_else(PoisonError::into_inner);
            place.outcome = Some(outcome);
            let waker = place.waker.take();
            drop(place);
            if let Some(waker) = waker {
                waker.wake();
            }
        };
        let deadline = deadline.clone().or(&cancellation);
        match call::start(chain, &deadline, work, Box::new(done)) {
            Ok(()) => Self { place, cancellation },
            Err(error) => Self::ready(Err(error)),
        }
    }
}

impl<T> Future for Later<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        match place.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                place.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Later<T> {
    fn drop(&mut self) {
        self.cancellation.cancel();
    }
}

impl<T> fmt::Debug for Later<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Later(..)")
    }
}
