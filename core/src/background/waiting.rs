//! A call whose caller waits for it, and may leave before it is over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::call::waited_for;
use super::{Work, pool};
use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::outcome::{Outcome, Worker};

/// Waits until the work is done, or `deadline` is cancelled or passes.
pub(super) fn wait(chain: &Arc<Chain>, deadline: &Deadline, work: Work) -> Result<(), Error> {
    if deadline.should_stop() {
        return Err(deadline.passed("it was to be begun"));
    }
    let outcome = Arc::new(Outcome::default());
    let (chain, theirs) = (Arc::clone(chain), deadline.clone());
    let worker = Worker(Arc::clone(&outcome));
    let job = Box::new(move || {
        let done = work(&chain, &theirs);
        // Before the caller hears of it, and closes its own handle.
        drop(chain);
        worker.give(done);
    });
    let ticket = if pool::is_ours() {
        pool::beside(job)?;
        None
    } else {
        Some(pool::submit(job).map_err(|(error, _)| error)?)
    };

    let waits = Arc::downgrade(&outcome);
    let wake = move || {
        if let Some(outcome) = waits.upgrade() {
            outcome.wake();
        }
    };
    let _watch = deadline.cancellation().map(|cancellation| cancellation.watch(wake));
    let until = deadline.given_up_at();
    let given = outcome.wait(&|| match until {
        _ if deadline.is_cancelled() => Duration::ZERO,
        Some(until) => until.saturating_duration_since(Instant::now()),
        // A day at a time: the condition variable cannot wait for `Duration::MAX`.
        None => Duration::from_secs(86_400),
    });
    match given {
        Some(outcome) => deadline.outcome(outcome),
        None => {
            let begun = ticket.is_none_or(|ticket| ticket.leave());
            Err(deadline.passed(waited_for(begun)))
        }
    }
}
