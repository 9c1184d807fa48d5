//! What is being done, for a person who waits.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Before this nobody is told anything, and afterwards not more often.
const PAUSE: Duration = Duration::from_secs(1);

/// A line on stderr that is written over, if that is a terminal that can do so. A thread writes it: a call may take
/// longer than a person waits without a word. It wakes once in a second, which no time shows.
pub(crate) struct Progress(Option<(Arc<Shared>, JoinHandle<()>)>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    over: Condvar,
}

#[derive(Default)]
struct State {
    doing: String,
    is_over: bool,
}

impl Progress {
    pub(crate) fn begin() -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        if is_dumb || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let writer = std::thread::Builder::new().name("progress".into());
        // Without it the numbers are the same.
        Self(writer.spawn(move || theirs.write()).ok().map(|writer| (shared, writer)))
    }

    pub(crate) fn tell(&self, doing: impl FnOnce() -> String) {
        if let Some((shared, _)) = &self.0 {
            // A name may hold what a terminal obeys.
            shared.state().doing = crate::plain::plain(&doing());
        }
    }

    /// Takes it away.
    pub(crate) fn end(&mut self) {
        if let Some((shared, writer)) = self.0.take() {
            shared.state().is_over = true;
            shared.over.notify_all();
            let _ = writer.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) {
        let mut stderr = std::io::stderr();
        let mut is_shown = false;
        let mut state = self.state();
        loop {
            state = match self.over.wait_timeout_while(state, PAUSE, |state| !state.is_over) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
            if state.is_over {
                break;
            }
            // What does not fit into the line is not shown: what goes on below could not be taken away. In one
            // write, so that Ctrl-C finds the terminal as it was, or not yet changed.
            let line = format!("\x1b[?7l\r\x1b[K{}\x1b[?7h", state.doing);
            let _ = stderr.write_all(line.as_bytes());
            is_shown = true;
        }
        if is_shown {
            let _ = write!(stderr, "\r\x1b[K");
        }
    }
}
