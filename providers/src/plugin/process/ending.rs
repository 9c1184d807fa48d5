//! How a connection ends: its process did, or has to.

use std::sync::atomic::Ordering;
use std::time::Duration;

use prefect_secrets_core::{Deadline, Error, Kind as Failure};
use prefect_secrets_wire::{Broken, Kind, Outgoing};

use super::call::Expected;
use super::child::End;
use super::connection::{Connection, lock};

/// How long a process may take to end, once it was asked to or closed its socket.
pub(super) const ENDING: Duration = Duration::from_secs(1);

impl Connection {
    /// The process closed its end of the socket, and has `patience` to end.
    pub(super) fn ended(&self, patience: Duration) -> Error {
        let end = self.child.end(patience);
        let kind = match end {
            // From outside: by an administrator, or for want of memory.
            End::Signal(9 | 15) | End::Unknown => Failure::Unavailable,
            _ => Failure::Panicked,
        };
        let what = match end {
            End::Killed => "its process closed its connection without ending".to_owned(),
            end => end.to_string(),
        };
        self.die(Error::new(
            kind,
            what,
            "the next call starts it again; if it keeps ending, look into the log and report it to \
             the provider's author",
        ))
    }

    /// Ends the process for this reason, which becomes the failure of every call that waits. Gives
    /// the first reason, if there was one before.
    pub(super) fn die(&self, why: Error) -> Error {
        self.dead.store(true, Ordering::Release);
        let mut calls = lock(&self.calls);
        let first = calls.dead.is_none();
        let why = calls.dead.get_or_insert(why).clone();
        for turn in calls.waiting.values().filter_map(|call| call.turn.as_ref()) {
            turn.notify_one();
        }
        drop(calls);
        self.child.end(Duration::ZERO);
        if first {
            let (provider, pid) = (&*self.provider, self.pid());
            tracing::error!(provider, pid, "the plugin's process is gone: {}", why.what());
        }
        why
    }

    /// Ends the process at once, and says nothing of it: it is not wanted.
    pub(super) fn discard(&self) {
        self.dead.store(true, Ordering::Release);
        self.child.end(Duration::ZERO);
    }

    /// Lets the process clean up and end. One with a call that did not come back is killed at once.
    pub(super) fn close(&self) {
        if !self.is_alive() {
            return;
        }
        let deadline = Deadline::within(ENDING);
        deadline.at();
        self.catch_up();
        if !lock(&self.calls).waiting.is_empty() {
            self.child.end(Duration::ZERO);
            return;
        }
        let close = |number| Outgoing::new(Kind::Close, number);
        let closed = self.call(Expected::Done, &deadline, [&[], &[]], close);
        // If it did not answer, `call` may have found out already how it ended.
        let patience = if closed.is_ok() { deadline.remaining() } else { Duration::ZERO };
        let end = self.child.end(patience);
        let well = end == End::Exited(0) || end == End::Unknown && closed.is_ok();
        if !well {
            let provider = &*self.provider;
            tracing::warn!(
                provider,
                "the chain was closed, and the plugin did not end well: {end}"
            );
        }
    }
}

/// How long a process that closed its socket may take to end, for a caller with this deadline: long
/// enough to hear how it ended, on a machine that is not very busy.
pub(super) fn shortly(deadline: &Deadline) -> Duration {
    deadline.remaining().clamp(ENDING / 10, ENDING)
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

pub(super) fn hung() -> Error {
    Error::new(
        Failure::Unavailable,
        "its process was ended, because an earlier call did not come back one second after its deadline",
        "the next call starts it again; allow more time, or report it to the provider's author",
    )
}

pub(super) fn unread() -> Error {
    Error::new(
        Failure::Unavailable,
        "its process was ended, because it did not read a call before the deadline",
        "the next call starts it again; allow more time, or report it to the provider's author",
    )
}

pub(super) fn broke(broken: Broken) -> Error {
    Error::new(
        Failure::Internal,
        format!("its process was ended, because it broke the wire: {}", broken.0),
        "report it to the provider's author",
    )
}
