//! Manners: it is somebody else's process.

use std::io;
use std::time::{Duration, Instant};

use super::REPLIES;
use crate::finding::{Outcome, Stop, ensure};
use crate::process::{State, left_children, threads};
use crate::rule::Rule;
use crate::trial::{ABSENT, Trial};

/// How long a thread that was told to end may take.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) const RULES: &[Rule] = &[
    Rule::must(
        crate::runner::OUTPUT,
        REPLIES,
        output,
        "Nothing is written to the standard output and error, by constructors neither: that is where \
         the host speaks to its users. The log callback is there for what has to be said.",
    ),
    Rule::must(
        "manners/descriptors",
        REPLIES,
        |trial| none(changes(trial)?, |now, before| now.descriptors_since(before)),
        "When the last instance is destroyed no descriptor is left open, and none of the host's was \
         closed or replaced.",
    ),
    Rule::must(
        "manners/threads",
        REPLIES,
        |trial| {
            let (before, now) = changes(trial)?;
            let left = now.threads_since(&before);
            ensure(left == 0, || format!("{left} threads are left"))
        },
        "When the last instance is destroyed no thread is left: it would be lost in a fork, and its \
         code cannot be unloaded.",
    ),
    Rule::must(
        "manners/signals",
        REPLIES,
        |trial| none(changes(trial)?, |now, before| now.signals_since(before)),
        "When all is done the handling of signals, and the mask of blocked ones, are as they were.",
    ),
    Rule::must(
        "manners/environment",
        REPLIES,
        |trial| {
            let (before, now) = changes(trial)?;
            let changed = now.environment_since(&before);
            ensure(changed.is_empty(), || format!("variables changed: {}", changed.join(", ")))
        },
        "When all is done the environment is as it was: to change it while another thread reads it is a \
         crash.",
    ),
    Rule::must(
        "manners/surroundings",
        REPLIES,
        |trial| none(changes(trial)?, |now, before| now.surroundings_since(before)),
        "When all is done the working directory, the umask and the locale are as they were.",
    ),
    Rule::must(
        "manners/processes",
        REPLIES,
        |trial| {
            changes(trial)?;
            ensure(!left_children(), || "a child process is left, running or not waited for".into())
        },
        "No child process is left: the host would have to wait for a child that it does not know.",
    ),
    Rule::must(
        crate::runner::EXIT,
        REPLIES,
        |trial| changes(trial).map(drop),
        "A program that has used the plugin ends as it wants to: handlers at exit and destructors do not \
         crash it.",
    ),
];

/// What is said of bytes that were written.
pub(crate) fn wrote(bytes: u64) -> String {
    format!("{bytes} bytes were written to the standard output or error")
}

fn unseen(error: io::Error) -> Stop {
    Stop::Skipped(format!("the process cannot be looked at: {error}; make /proc available"))
}

/// The process before the plugin is loaded, and after everything was done with it.
fn changes(trial: &Trial<'_>) -> Outcome<(State, State)> {
    let before = State::now().map_err(unseen)?;
    let (plugin, instance) = trial.instance()?;
    trial.everything(&plugin, &instance);
    instance.within(Some(Duration::from_millis(50)));
    instance.get(ABSENT.as_bytes());
    instance.within(None);
    instance.destroy();
    let (many, start) = (threads().map_err(unseen)?.len(), Instant::now());
    let mut now = State::now().map_err(unseen)?;
    while many > 1 && now.threads_since(&before) > 0 && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
        now = State::now().map_err(unseen)?;
    }
    Ok((before, now))
}

fn none<T: AsRef<str>>(
    (before, now): (State, State),
    look: impl Fn(&State, &State) -> Vec<T>,
) -> Outcome {
    let changes = look(&now, &before);
    ensure(changes.is_empty(), || {
        changes.iter().take(3).map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
    })
}

/// What is written only at the end, or kept in a buffer until then, is seen by who started this process.
fn output(trial: &Trial<'_>) -> Outcome {
    changes(trial)?;
    let written = trial.output.len().map_err(unseen)?;
    ensure(written == 0, || wrote(written))
}
