//! Steps with names and times.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;

/// Runs steps one after the other, and tells in the end how long each took.
#[derive(Default)]
pub(crate) struct Stages {
    taken: Vec<(String, Duration)>,
}

impl Stages {
    /// Runs one step. Its time counts even if it fails.
    pub(crate) fn run(&mut self, name: &str, step: impl FnOnce() -> Outcome) -> Outcome {
        println!("== {name}");
        let start = Instant::now();
        let outcome = step();
        self.taken.push((name.into(), start.elapsed()));
        outcome.map_err(|why| format!("{name}: {why}"))
    }

    /// The times of the steps, and their sum.
    pub(crate) fn report(&self) {
        println!("== times");
        for (name, taken) in &self.taken {
            println!("{:>7.1} s  {name}", taken.as_secs_f64());
        }
        let sum: Duration = self.taken.iter().map(|(_, taken)| *taken).sum();
        println!("{:>7.1} s  in all", sum.as_secs_f64());
    }
}

/// `cargo` in the workspace, with its own progress shown.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = prefect_secrets_testing::cargo();
    command.args(arguments);
    command
}

/// Runs a command to its end, and says now and then that it still runs.
pub(crate) fn finish(command: &mut Command) -> Outcome {
    let shown = show(command);
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| format!("{shown} cannot be started: {error}"))?;
    let (done, waiting) = mpsc::channel::<()>();
    let name = shown.clone();
    let ticker = thread::spawn(move || {
        let start = Instant::now();
        while waiting.recv_timeout(Duration::from_secs(30)) == Err(mpsc::RecvTimeoutError::Timeout)
        {
            println!("   ... {name}: {} s", start.elapsed().as_secs());
        }
    });
    let status = child.wait().map_err(|error| format!("{shown}: {error}"));
    drop(done);
    let _ = ticker.join();
    let status = status?;
    if status.success() { Ok(()) } else { Err(format!("{shown} failed ({status})")) }
}

/// The program and its first arguments, for a person.
fn show(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .take(4)
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
