//! The connections that are open now.

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The open connections by number, and how many there have been.
#[derive(Default)]
pub(crate) struct Live {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    open: BTreeMap<usize, Arc<TcpStream>>,
    accepted: usize,
    stopped: bool,
}

impl Live {
    /// Takes a connection in and numbers it; `None` once stopped.
    pub(crate) fn admit(&self, stream: Arc<TcpStream>) -> Option<usize> {
        let mut state = self.state();
        if state.stopped {
            return None;
        }
        state.accepted += 1;
        let number = state.accepted;
        state.open.insert(number, stream);
        Some(number)
    }

    pub(crate) fn accepted(&self) -> usize {
        self.state().accepted
    }

    /// Waits as long as asked, or until the connection is closed from here; says whether it is
    /// still open.
    pub(crate) fn wait(&self, number: usize, delay: Duration) -> bool {
        let waited = self
            .changed
            .wait_timeout_while(self.state(), delay, |state| state.open.contains_key(&number));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.open.contains_key(&number)
    }

    pub(crate) fn close(&self, number: usize) {
        if let Some(stream) = self.state().open.remove(&number) {
            hang_up(&stream);
        }
    }

    pub(crate) fn close_all(&self) {
        for stream in std::mem::take(&mut self.state().open).values() {
            hang_up(stream);
        }
        self.changed.notify_all();
    }

    pub(crate) fn stop(&self) {
        self.state().stopped = true;
        self.close_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shuts down instead of dropping: this also wakes a thread that reads from the connection, and
/// reaches the client although a forked child of the test may hold a copy of the descriptor.
fn hang_up(stream: &TcpStream) {
    // It fails only if the client hung up first.
    let _ = stream.shutdown(Shutdown::Both);
}
