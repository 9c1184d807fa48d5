//! Calls from many threads.

use std::thread;
use std::time::{Duration, Instant};

use prefect_secrets_core::Capabilities;

use super::REPEATED;
use crate::finding::{Outcome, Stop, broken, ensure, skipped};
use crate::host::Era;
use crate::rule::Rule;
use crate::trial::{Trial, differs};

const THREADS: usize = 8;
const ROUNDS: usize = 200;
/// The time after which they have met often enough.
const LONG_ENOUGH: Duration = Duration::from_secs(2);
/// The least stack that a call has, in bytes.
const STACK: usize = 256 << 10;

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        "threads/any",
        REPEATED,
        any,
        "An instance that one thread made is used by another and destroyed by a third: nothing of it \
         belongs to a thread.",
    ),
    Rule::must(
        "threads/overlap",
        REPEATED,
        overlap,
        "A provider that says PREFECT_SECRETS_THREAD_SAFE gives eight threads at once the right \
         values. One that does not say so is asked by one thread at a time.",
    ),
    Rule::must(
        "threads/stack",
        REPEATED,
        stack,
        "A call gets along with 256 KiB of stack: the threads of hosts have no more than their makers \
         gave them.",
    ),
];

fn no_thread(error: std::io::Error) -> Stop {
    Stop::Skipped(format!("no thread can be started: {error}"))
}

/// Runs `call` on a thread of its own.
fn elsewhere<T: Send>(stack: usize, call: impl FnOnce() -> T + Send) -> Outcome<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(stack).spawn_scoped(scope, call);
        match thread.map_err(no_thread)?.join() {
            Ok(outcome) => Ok(outcome),
            Err(_) => broken("the kit's thread ended without an answer"),
        }
    })
}

fn any(trial: &Trial<'_>) -> Outcome {
    let plugin = trial.open()?;
    let (instance, known) = elsewhere(2 << 20, || {
        let instance = trial.create(&plugin, Era::Now)?;
        let known = trial.known(&plugin, &instance)?;
        Outcome::Ok((instance, known))
    })??;
    for known in &known {
        let got = elsewhere(2 << 20, || instance.get(known.name.as_bytes()))?;
        let how = differs(&known.name, &got, &known.value);
        ensure(how.is_none(), || format!("on another thread, {}", how.unwrap_or_default()))?;
    }
    elsewhere(2 << 20, || instance.destroy())
}

fn overlap(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    if !plugin.can(Capabilities::THREAD_SAFE) {
        return skipped("it does not say that its calls may overlap");
    }
    let known = trial.known(&plugin, &instance)?;
    let (known, instance_of_all, start) = (&known, &instance, Instant::now());
    let wrong = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let in_time = |_: &usize| start.elapsed() < LONG_ENOUGH;
                    (0..ROUNDS).take_while(in_time).find_map(|round| {
                        let known = &known[(thread + round) % known.len()];
                        let got = instance_of_all.get(known.name.as_bytes());
                        differs(&known.name, &got, &known.value)
                    })
                })
            })
            .collect();
        let died = || Some("the kit's thread ended without an answer".to_owned());
        threads.into_iter().find_map(|thread| thread.join().unwrap_or_else(|_| died()))
    });
    ensure(wrong.is_none(), || format!("with {THREADS} threads, {}", wrong.unwrap_or_default()))?;
    instance.destroy();
    Ok(())
}

fn stack(trial: &Trial<'_>) -> Outcome {
    let (plugin, instance) = trial.instance()?;
    let names = trial.names(&plugin, &instance);
    elsewhere(STACK, || {
        for name in names.iter().map(String::as_str).chain([crate::trial::ABSENT]) {
            instance.get(name.as_bytes());
        }
    })
}
