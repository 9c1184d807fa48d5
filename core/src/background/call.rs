//! A call that goes on without its caller.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::Work;
use super::alarm::{self, Ends};
use super::pool::{self, Ticket};
use crate::abi::exhausted;
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
    /// Taken by whoever works on it, or by who ends it before.
    chain: Option<Arc<Chain>>,
    ticket: Option<Ticket>,
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
    let chain = Some(Arc::clone(chain));
    let state = State { done: Some(done), chain, ticket: None, alarm: None, watch: None };
    let call = Arc::new(Call { deadline: deadline.clone(), state: Mutex::new(state) });
    call.watch().inspect_err(|_| drop(call.take()))?;
    let worker = Worker(Arc::clone(&call));
    let submitted = pool::submit(Box::new(move || {
        let call = &worker.0;
        if let Some(chain) = call.begin() {
            let outcome = if call.deadline.should_stop() {
                Err(call.deadline.passed(waited_for(false)))
            } else {
                work(&chain, &call.deadline)
            };
            // Before anybody hears of the outcome: a host may close its handle then.
            drop(chain);
            call.finish(call.deadline.outcome(outcome));
        }
    }));
    match submitted {
        Ok(ticket) => {
            call.keep(ticket);
            Ok(())
        }
        Err((error, job)) => {
            // Unless it has been told already that it was cancelled, or that its time was up.
            let untold = call.take().is_some();
            drop(job);
            if untold { Err(error) } else { Ok(()) }
        }
    }
}

impl Call {
    /// Sees to it that the call ends at its deadline, and when it is cancelled.
    fn watch(self: &Arc<Self>) -> Result<(), Error> {
        if let Some(at) = self.deadline.given_up_at() {
            let key = alarm::set(at, self.weak()).map_err(|error| exhausted(&error))?;
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

    /// On a thread of the library: the one that cancels may hold locks of the caller's. If no thread is
    /// to be had, the one that works on it ends it.
    fn end_soon(self: &Arc<Self>) {
        let _ = alarm::set(Instant::now(), self.weak());
    }

    /// The chain to work with, unless the call has ended.
    fn begin(&self) -> Option<Arc<Chain>> {
        self.state().chain.take()
    }

    fn keep(&self, ticket: Ticket) {
        let mut state = self.state();
        if state.done.is_some() {
            state.ticket = Some(ticket);
        } else {
            drop(state);
            ticket.leave();
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

    /// The right to end it, and what the right to work on it was, if nobody had that yet.
    fn take(&self) -> Option<Done> {
        let mut state = self.state();
        let done = state.done.take();
        let (alarm, watch, chain) = (state.alarm.take(), state.watch.take(), state.chain.take());
        drop(state);
        alarm.into_iter().for_each(alarm::unset);
        drop(watch);
        drop(chain);
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
        let Some(done) = self.take() else { return };
        let begun = self.state().ticket.take().is_none_or(|ticket| ticket.leave());
        done(Err(self.deadline.passed(waited_for(begun))));
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

/// What a caller who gave up was waiting for.
pub(super) fn waited_for(begun: bool) -> &'static str {
    if begun { "its answer was waited for" } else { "the library was busy with other calls" }
}

impl Deadline {
    /// When whoever waits gives up: a little later than whoever works should, whose account of it
    /// is the better one.
    pub(super) fn given_up_at(&self) -> Option<Instant> {
        let grace = (self.budget() / 20).min(Duration::from_millis(50));
        self.at()?.checked_add(grace)
    }
}
