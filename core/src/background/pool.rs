//! The threads that calls run on.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::abi::{PerProcess, caught, exhausted, spawn};
use crate::error::Error;

/// As many calls that somebody waits for are worked on at once; more wait their turn.
const MOST: usize = 64;
/// As many more may be worked on that nobody waits for any more.
const MOST_LEFT: usize = 448;
/// A thread without work ends after this.
const IDLE: Duration = Duration::from_secs(2);

/// How far a job has come.
const WAITS: u8 = 0;
const RUNS: u8 = 1;
/// Nobody waits for it.
const LEFT: u8 = 2;
const DONE: u8 = 3;

pub(super) type Job = Box<dyn FnOnce() + Send>;

static POOL: PerProcess<Pool> = PerProcess::empty();

thread_local! {
    static OURS: Cell<bool> = const { Cell::new(false) };
}

struct Pool {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<(Arc<AtomicU8>, Job)>,
    threads: usize,
    idle: usize,
    /// Threads whose job nobody waits for.
    left: usize,
}

/// A job that was submitted.
pub(super) struct Ticket(Arc<AtomicU8>);

/// Has `job` run on a thread of the library, soon. Gives it back if there is none and none can be
/// started.
pub(super) fn submit(job: Job) -> Result<Ticket, (Error, Job)> {
    let pool = pool();
    let mut state = pool.state();
    if state.jobs.len() >= state.idle && state.has_room() {
        match spawn(|| pool.work()) {
            Ok(_) => state.threads += 1,
            // Those that there are will come to it.
            Err(_) if state.threads > 0 => {}
            Err(error) => return Err((exhausted(&error), job)),
        }
    }
    let progress = Arc::new(AtomicU8::new(WAITS));
    state.jobs.push_back((Arc::clone(&progress), job));
    pool.work.notify_one();
    Ok(Ticket(progress))
}

/// Runs `job` on a thread of its own: for callers on a thread of the library, who would wait for each
/// other.
pub(super) fn beside(job: Job) -> Result<(), Error> {
    let work = move || {
        mark();
        let _ = caught(job);
    };
    spawn(work).map(drop).map_err(|error| exhausted(&error))
}

/// Whether this is a thread of the library, inside a callback of the host's, say.
pub(super) fn is_ours() -> bool {
    OURS.get()
}

/// Says that this is a thread of the library.
pub(super) fn mark() {
    OURS.set(true);
}

impl Ticket {
    /// Nobody waits for the job any more. If it runs, another one may take its turn; if not, it never
    /// will. Returns whether it had begun.
    pub(super) fn leave(&self) -> bool {
        let pool = pool();
        let mut state = pool.state();
        let progress = self.0.load(Ordering::Relaxed);
        if progress != DONE {
            self.0.store(LEFT, Ordering::Relaxed);
        }
        if progress == RUNS {
            state.left += 1;
            if !state.jobs.is_empty() && state.has_room() && spawn(|| pool.work()).is_ok() {
                state.threads += 1;
            }
        }
        progress != WAITS
    }
}

fn pool() -> &'static Pool {
    POOL.get(|| Pool { state: Mutex::default(), work: Condvar::new() })
}

impl State {
    fn has_room(&self) -> bool {
        self.threads < MOST + self.left.min(MOST_LEFT)
    }
}

impl Pool {
    /// Also tells how far jobs have come: that changes under this lock alone.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        mark();
        let mut state = self.state();
        loop {
            if let Some((progress, job)) = state.jobs.pop_front() {
                let wanted = progress.swap(RUNS, Ordering::Relaxed) == WAITS;
                drop(state);
                if wanted {
                    // A job that panics has told whoever waits for it.
                    let _ = caught(job);
                } else {
                    drop(job);
                }
                state = self.state();
                if wanted && progress.swap(DONE, Ordering::Relaxed) == LEFT {
                    state.left -= 1;
                }
                continue;
            }
            state.idle += 1;
            let (woken, waited) =
                self.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }
}
