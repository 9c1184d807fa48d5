//! When calls that nobody waits for have to end.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::pool;
use crate::abi::{PerProcess, caught, spawn};

/// What ends at its time.
pub(super) trait Ends: Send + Sync {
    fn end(&self);
}

/// Where an alarm stands, and which one it is.
#[derive(Clone, Copy)]
pub(super) struct Key {
    place: usize,
    id: u64,
}

/// Calls end as much later as this, at most.
const MOMENT: Duration = Duration::from_millis(1);
/// The thread without alarms ends after this.
const IDLE: Duration = Duration::from_secs(2);

static ALARMS: PerProcess<Alarms> = PerProcess::empty();

struct Alarms {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    places: Vec<Option<Alarm>>,
    free: Vec<usize>,
    last: u64,
    /// No alarm is earlier.
    first: Option<Instant>,
    runs: bool,
}

struct Alarm {
    at: Instant,
    id: u64,
    call: Weak<dyn Ends>,
}

/// Has `call` end at `at`, on a thread of the library.
pub(super) fn set(at: Instant, call: Weak<dyn Ends>) -> io::Result<Key> {
    let alarms = alarms();
    let mut state = alarms.state.lock().unwrap_or_else(PoisonError::into_inner);
    if !state.runs {
        spawn(|| alarms.ring())?;
        state.runs = true;
    }
    state.last += 1;
    let id = state.last;
    let place = state.free.pop().unwrap_or(state.places.len());
    if place == state.places.len() {
        state.places.push(None);
    }
    state.places[place] = Some(Alarm { at, id, call });
    if state.first.is_none_or(|first| at < first) {
        state.first = Some(at);
        alarms.changed.notify_one();
    }
    Ok(Key { place, id })
}

/// The call has ended otherwise.
pub(super) fn unset(key: Key) {
    let mut state = alarms().state.lock().unwrap_or_else(PoisonError::into_inner);
    let there = state.places.get(key.place).and_then(Option::as_ref);
    let gone = there.is_some_and(|alarm| alarm.id == key.id).then(|| state.take(key.place));
    drop(state);
    drop(gone);
}

fn alarms() -> &'static Alarms {
    ALARMS.get(|| Alarms { state: Mutex::default(), changed: Condvar::new() })
}

impl State {
    fn take(&mut self, place: usize) -> Option<Weak<dyn Ends>> {
        self.free.push(place);
        self.places[place].take().map(|alarm| alarm.call)
    }

    fn is_empty(&self) -> bool {
        self.free.len() == self.places.len()
    }

    /// Those whose time has come. The time of the next one is known then.
    fn due(&mut self, now: Instant) -> Vec<Weak<dyn Ends>> {
        let mut due = Vec::new();
        if self.first.is_none_or(|first| now < first) {
            return due;
        }
        self.first = None;
        for place in 0..self.places.len() {
            let Some(alarm) = &self.places[place] else { continue };
            if alarm.at <= now {
                due.extend(self.take(place));
            } else if self.first.is_none_or(|first| alarm.at < first) {
                self.first = Some(alarm.at);
            }
        }
        if self.is_empty() {
            // Many at once are no reason to keep the room for ever.
            (self.places, self.free) = (Vec::new(), Vec::new());
        }
        due
    }
}

impl Alarms {
    fn ring(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            let due = state.due(now);
            if !due.is_empty() {
                drop(state);
                tell(due);
                state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let idle = state.is_empty();
            // Looked at now and then: it may be unset, and the thread is not to stay for it. And not
            // for each of many by itself.
            let wait = state.first.map_or(IDLE, |first| first - now).clamp(MOMENT, IDLE);
            let (woken, waited) =
                self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if idle && waited.timed_out() && state.is_empty() {
                state.runs = false;
                return;
            }
        }
    }
}

/// Ends calls on a thread of their own: a callback that takes its time holds up no other deadline but
/// those of the same moment.
fn tell(due: Vec<Weak<dyn Ends>>) {
    let due = Arc::new(due);
    let theirs = Arc::clone(&due);
    let end = |due: &[Weak<dyn Ends>]| {
        pool::mark();
        for call in due.iter().filter_map(Weak::upgrade) {
            let _ = caught(|| call.end());
        }
    };
    if spawn(move || end(&theirs)).is_err() {
        end(&due);
    }
}
