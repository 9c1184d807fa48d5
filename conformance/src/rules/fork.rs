//! In a forked child.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use prefect_secrets_core::Capabilities;

use super::REPEATED;
use crate::finding::{Outcome, Stop, broken};
use crate::process::{self, Ended};
use crate::rule::Rule;
use crate::trial::{Known, Trial, differs};

const LIMIT: Duration = Duration::from_secs(3);
const WRONG: i32 = 101;

/// How many threads are inside while this one forks, and how often it does.
const THREADS: usize = 2;
const FORKS: usize = 20;
/// The time after which these are enough.
const LONG_ENOUGH: Duration = Duration::from_secs(2);

pub(super) const RULES: &[Rule] = &[Rule::must(
    "fork/child",
    REPEATED,
    child,
    "A forked child goes on with the instance of its parent and gets the same values: no lock that \
     another thread held and no thread that is gone stands in its way. If calls may overlap, others are \
     inside while the process forks.",
)];

fn child(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let mut known = trial.known(&plugin, &instance)?;
    known.truncate(2);
    let right = |known: &Known| {
        differs(&known.name, &instance.get(known.name.as_bytes()), &known.value).is_none()
    };
    let fork = || {
        let same = || if known.iter().all(right) { 0 } else { WRONG };
        let ended = process::fork(LIMIT, same);
        match ended.map_err(|error| Stop::Skipped(format!("no fork: {error}")))? {
            Ended::Code(0) => Ok(()),
            Ended::Code(WRONG) => broken("in the child it gave other answers"),
            Ended::Code(code) => {
                broken(format!("in the child it ended the process, with code {code}"))
            }
            Ended::Signal(signal) => {
                broken(format!("in the child it ended the process, by signal {signal}"))
            }
            Ended::NotInTime => broken("in the child it did not return within 3 seconds"),
        }
    };
    fork()?;
    if !plugin.can(Capabilities::THREAD_SAFE) {
        return Ok(()); // nobody else is inside when a host forks
    }
    let (over, start) = (AtomicBool::new(false), Instant::now());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    known.iter().all(right);
                }
            });
        }
        let in_time = |_: &usize| start.elapsed() < LONG_ENOUGH;
        let outcome = (0..FORKS).take_while(in_time).try_for_each(|_| fork());
        over.store(true, Ordering::Relaxed);
        outcome
    })
}
