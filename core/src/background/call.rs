//! A call that goes on without its caller.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::alarm::{self, Ends};
use super::{Work, pool};
use crate::cancellation::Watch;
use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::outcome::panicked;

/// Who takes the outcome.
pub(super) type Done = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// A call whose outcome is given once: what came of it, or that its time was up, or that it was
/// cancelled, whichever is first.
struct Call {
    deadline: Deadline,
    state: Mutex<State>,
}

struct State {
    /// Taken by the first who ends the call.
    done: Option<Done>,
    alarm: Option<alarm::Key>,
    watch: Option<Watch>,
}

/// Has `work` done, and `done` told; unless this fails.
pub(super) fn start(
    chain: &Arc<Chain>,
    deadline: &Deadline,
    work: Work,
    done: Done,
) -> Result<(), Error> {
    let state = State { done: Some(done), alarm: None, watch: None };
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

impl Call {
    /// Sees to it that the call ends at its deadline, and when it is cancelled.
    fn watch(self: &Arc<Self>) -> Result<(), Error> {
        if let Some(at) = self.deadline.given_up_at() {
            let key = alarm::set(at, self.weak()).map_err(|error| pool::exhausted(&error))?;
            self.state().alarm = Some(key);
        }
        if let Some(cancellation) = self.deadline.cancellation() {
            let weak = Arc::downgrade(self);
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
        if alarm::set(Instant::now(), self.weak()).is_err() {
            self.end(); // there is no other thread to be had
        }
    }

    fn weak(self: &Arc<Self>) -> Weak<dyn Ends> {
        let weak: Weak<Self> = Arc::downgrade(self);
        weak
    }

    fn finish(&self, outcome: Result<(), Error>) {
        if let Some(done) = self.take() {
            done(outcome);
        }
    }

    /// The right to end it.
    fn take(&self) -> Option<Done> {
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ends for Call {
    fn end(&self) {
        self.finish(Err(self.deadline.passed("its answer was waited for")));
    }
}

/// The one who works on a call. If it panics, that is the outcome.
struct Worker(Arc<Call>);

impl Drop for Worker {
    fn drop(&mut self) {
        if self.0.is_open() {
            self.0.finish(Err(panicked()));
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
