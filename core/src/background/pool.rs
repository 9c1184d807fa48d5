//! The threads that calls run on.

use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::abi::{PerProcess, caught, spawn};
use crate::error::{Error, Kind};

/// As many calls are worked on at once; more wait their turn.
const MOST: usize = 64;
/// A thread without work ends after this.
const IDLE: Duration = Duration::from_secs(2);

pub(super) type Job = Box<dyn FnOnce() + Send>;

static POOL: PerProcess<Pool> = PerProcess::empty();

struct Pool {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
}

/// Has `job` run on a thread of the library, soon. Gives it back if there is none and none can be
/// started.
pub(super) fn submit(job: Job) -> Result<(), (Error, Job)> {
    let pool = POOL.get(|| Pool { state: Mutex::default(), work: Condvar::new() });
    let mut state = pool.state.lock().unwrap_or_else(PoisonError::into_inner);
    if state.jobs.len() >= state.idle && state.threads < MOST {
        match spawn(|| pool.work()) {
            Ok(_) => state.threads += 1,
            // Those that there are will come to it.
            Err(_) if state.threads > 0 => {}
            Err(error) => return Err((exhausted(&error), job)),
        }
    }
    state.jobs.push_back(job);
    pool.work.notify_one();
    Ok(())
}

/// The failure where no thread can be started.
pub(super) fn exhausted(error: &io::Error) -> Error {
    Error::new(
        Kind::Unavailable,
        format!("no thread could be started for this call: {error}"),
        "raise the limit of threads of this process",
    )
}

impl Pool {
    fn work(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                // A job that panics has told whoever waits for it.
                let _ = caught(job);
                state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
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
