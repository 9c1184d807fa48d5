//! A call on a thread of the library, for a provider that does not promise to return in time.

use std::sync::mpsc::{self, RecvTimeoutError};

use crate::deadline::Deadline;
use crate::error::{Error, Kind};

/// Runs `call` on a thread of its own and waits for it until the deadline. `None`: it did not
/// return in time; the thread keeps all that `call` owns, and drops it when it comes back.
///
/// One thread for each call: a provider that wants to be fast promises to honour deadlines, and
/// a thread that waits for work would have to be rebuilt after every fork.
pub(super) fn run<T: Send + 'static>(
    deadline: &Deadline,
    call: impl FnOnce(&Deadline) -> T + Send + 'static,
) -> Result<Option<T>, Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let theirs = deadline.clone();
    let work = move || {
        // The receiver is gone once the caller has given up: the answer is dropped here.
        let _ = sender.send(call(&theirs));
    };
    super::spawn(work).map_err(|error| {
        Error::new(
            Kind::Unavailable,
            format!("no thread could be started for this provider: {error}"),
            "raise the limit of threads of this process",
        )
    })?;
    loop {
        match receiver.recv_timeout(deadline.patience()) {
            Ok(answer) => return Ok(Some(answer)),
            Err(RecvTimeoutError::Timeout) if !deadline.should_stop() => {}
            Err(_) => return Ok(None),
        }
    }
}
