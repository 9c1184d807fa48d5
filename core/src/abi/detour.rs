//! A call on a thread of the library, for a provider that does not promise to return in time.

use std::sync::Arc;

use crate::deadline::Deadline;
use crate::error::Error;
use crate::outcome::{Outcome, Worker};

/// A call, whatever it brings.
pub(super) type Call = Box<dyn FnOnce(&Deadline) -> Result<(), Error> + Send>;

/// Runs `call` on a thread of its own and waits for it until the deadline, or until that is
/// cancelled. `None`: it did not return in time; the thread keeps all that `call` owns, and drops it
/// when it comes back.
///
/// One thread for each call: a provider that wants to be fast promises to honour deadlines, and
/// those that do not come back must not take the place of others.
pub(super) fn run(deadline: &Deadline, call: Call) -> Result<Option<Result<(), Error>>, Error> {
    let outcome = Arc::new(Outcome::default());
    let (worker, theirs) = (Worker(Arc::clone(&outcome)), deadline.clone());
    let work = move || worker.give(call(&theirs));
    super::spawn(work).map_err(|error| super::exhausted(&error))?;
    Ok(outcome.wait(&|| deadline.patience()))
}
