//! A call that goes on without its caller.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::alarm::{self, Ends};
use super::pool;
use crate::cancellation::Watch;
use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};

/// Who takes the outcome.
type Done<T> = Box<dyn FnOnce(Result<T, Error>) + Send>;

/// A call whose outcome is given once: what came of it, or that its time was up, or that it was
/// cancelled, whichever is first.
struct Call<T> {
    deadline: Deadline,
    state: Mutex<State<T>>,
}

struct State<T> {
    /// Taken by the first who ends the call.
    done: Option<Done<T>>,
    alarm: Option<alarm::Key>,
    watch: Option<Watch>,
}

/// See [`Chain::start`].
pub(super) fn start<T: Send + 'static>(
    chain: &Arc<Chain>,
    deadline: &Deadline,
    work: impl FnOnce(&Chain, &Deadline) -> Result<T, Error> + Send + 'static,
    done: impl FnOnce(Result<T, Error>) + Send + 'static,
) -> Result<(), Error> {
    let state = State { done: Some(Box::new(done) as Done<T>), alarm: None, watch: None };
    let call = Arc::new(Call { deadline: deadline.clone(), state: Mutex::new(state) });
    call.watch().inspect_err(|_| drop(call.take()))?;
    let chain = Arc::clone(chain);
    let worker = Worker(Arc::clone(&call));
    let job = move || {
        let call = &worker.0;
        if call.is_open() {
            let outcome = work(&chain, &call.deadline);
            call.finish(call.deadline.outcome(outcome));
        }
    };
    pool::submit(Box::new(job)).map_err(|(error, job)| {
        drop(call.take());
        drop(job);
        error
    })
}

impl<T: Send + 'static> Call<T> {
    /// Sees to it that the call ends at its deadline, and when it is cancelled.
    fn watch(self: &Arc<Self>) -> Result<(), Error> {
        let weak = Arc::downgrade(self);
        let ends: Weak<dyn Ends> = weak.clone();
        if let Some(at) = self.deadline.given_up_at() {
            let key = alarm::set(at, ends).map_err(|error| pool::exhausted(&error))?;
            self.state().alarm = Some(key);
        }
        if let Some(cancellation) = self.deadline.cancellation() {
            let watch = cancellation.watch(move || {
                if let Some(call) = weak.upgrade().filter(|call| call.is_open()) {
                    call.end_soon();
                }
            });
            self.state().watch = Some(watch);
        }
        Ok(())
    }

    /// On a thread of the library: the one that cancels may hold locks of the caller's.
    fn end_soon(self: &Arc<Self>) {
        let ends: Weak<dyn Ends> = Arc::<Self>::downgrade(&Arc::clone(self));
        if alarm::set(Instant::now(), ends).is_err() {
            self.end(); // there is no other thread to be had
        }
    }

    fn finish(&self, outcome: Result<T, Error>) {
        if let Some(done) = self.take() {
            done(outcome);
        }
    }

    /// The right to end it.
    fn take(&self) -> Option<Done<T>> {
        let mut state = self.state();
        let (done, alarm, watch) = (state.done.take(), state.alarm.take(), state.watch.take());
        drop(state);
        alarm.into_iter().for_each(alarm::unset);
        drop(watch);
        done
    }

    fn is_open(&self) -> bool {
        self.state().done.is_some()
    }
}

impl<T> Call<T> {
    fn state(&self) -> std::sync::MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + 'static> Ends for Call<T> {
    fn end(&self) {
        self.finish(Err(self.deadline.passed("its answer was waited for")));
    }
}

/// The one who works on a call. If it panics, that is the outcome.
struct Worker<T: Send + 'static>(Arc<Call<T>>);

impl<T: Send + 'static> Drop for Worker<T> {
    fn drop(&mut self) {
        if self.0.is_open() {
            self.0.finish(Err(Error::new(
                Kind::Panicked,
                "the library panicked",
                "report it, with what the program asked for",
            )));
        }
    }
}

impl Deadline {
    /// When whoever waits gives up: a little later than whoever works should, whose account of it
    /// is the better one.
    pub(super) fn given_up_at(&self) -> Option<Instant> {
        let grace = (self.budget() / 20).min(Duration::from_millis(50));
        self.at()?.checked_add(grace)
    }
}
