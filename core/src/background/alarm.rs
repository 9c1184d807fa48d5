//! When calls that nobody waits for have to end.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::abi::{PerProcess, caught, spawn};

/// What ends at its time.
pub(super) trait Ends: Send + Sync {
    fn end(&self);
}

/// Where an alarm stands in the line.
pub(super) type Key = (Instant, u64);

/// The thread without alarms ends after this.
const IDLE: Duration = Duration::from_secs(2);

static ALARMS: PerProcess<Alarms> = PerProcess::empty();

struct Alarms {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    line: BTreeMap<Key, Weak<dyn Ends>>,
    next: u64,
    runs: bool,
}

/// Has `call` end at `at`, on a thread of the library.
pub(super) fn set(at: Instant, call: Weak<dyn Ends>) -> std::io::Result<Key> {
    let alarms = alarms();
    let mut state = alarms.state.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (at, state.next);
    state.next += 1;
    if !state.runs {
        spawn(|| alarms.ring())?;
        state.runs = true;
    }
    let first = state.line.first_key_value().is_none_or(|(first, _)| key < *first);
    state.line.insert(key, call);
    if first {
        alarms.changed.notify_one();
    }
    Ok(key)
}

/// The call has ended otherwise.
pub(super) fn unset(key: Key) {
    let gone = alarms().state.lock().unwrap_or_else(PoisonError::into_inner).line.remove(&key);
    drop(gone);
}

fn alarms() -> &'static Alarms {
    ALARMS.get(|| Alarms { state: Mutex::default(), changed: Condvar::new() })
}

impl Alarms {
    fn ring(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            let wait = match state.line.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let call = first.remove();
                    drop(state);
                    if let Some(call) = call.upgrade() {
                        let _ = caught(|| call.end());
                    }
                    state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
                Some(first) => first.key().0 - now,
                None => IDLE,
            };
            let idle = state.line.is_empty();
            let (woken, waited) =
                self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if idle && waited.timed_out() && state.line.is_empty() {
                state.runs = false;
                return;
            }
        }
    }
}
