//! Running the tests: most programs of them by themselves, some beside each other.

use std::collections::{BTreeSet, VecDeque};
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use crate::Outcome;
use crate::stage::finish;

/// How many run beside each other.
const LANES: usize = 2;

/// A program to run.
pub(super) struct Job {
    pub(super) name: String,
    /// Of two with the same package one waits for the other: they may share files.
    pub(super) package: PathBuf,
    pub(super) command: Command,
}

/// Runs one job after the other, with its output as it comes. Returns the names of those that failed.
pub(super) fn one_by_one(jobs: Vec<Job>) -> Vec<String> {
    let mut failed = Vec::new();
    for mut job in jobs {
        println!("     Running {}", job.name);
        if let Err(why) = finish(&mut job.command) {
            println!("{why}");
            failed.push(job.name);
        }
    }
    failed
}

/// Runs jobs beside each other, the first ones first; what one says is shown when it is through.
/// Returns the names of those that failed.
pub(super) fn beside_each_other(jobs: Vec<Job>) -> Vec<String> {
    let line = Line { waiting: jobs.into(), ..Line::default() };
    let (line, freed) = (Mutex::new(line), Condvar::new());
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                while let Some(mut job) = next(&line, &freed) {
                    let outcome = run(&mut job);
                    let mut line = lock(&line);
                    line.busy.remove(&job.package);
                    if outcome.is_err() {
                        line.failed.push(job.name);
                    }
                    freed.notify_all();
                }
            });
        }
    });
    std::mem::take(&mut lock(&line).failed)
}

/// Who waits, and for what.
#[derive(Default)]
struct Line {
    waiting: VecDeque<Job>,
    busy: BTreeSet<PathBuf>,
    failed: Vec<String>,
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first one whose package is free; `None` when none waits any more.
fn next(line: &Mutex<Line>, freed: &Condvar) -> Option<Job> {
    let mut line = lock(line);
    while !line.waiting.is_empty() {
        let free = line.waiting.iter().position(|job| !line.busy.contains(&job.package));
        if let Some(job) = free.and_then(|place| line.waiting.remove(place)) {
            line.busy.insert(job.package.clone());
            return Some(job);
        }
        line = freed.wait(line).unwrap_or_else(PoisonError::into_inner);
    }
    None
}

/// Runs a job, and shows all that it said in one piece.
fn run(job: &mut Job) -> Outcome {
    let start = Instant::now();
    let output = tempfile::tempfile().and_then(|file| Ok((file.try_clone()?, file)));
    let outcome = output.map_err(|error| error.to_string()).and_then(|(ours, theirs)| {
        let both = theirs.try_clone().map_err(|error| error.to_string())?;
        let outcome = finish(job.command.stdout(theirs).stderr(both));
        show(&format!("     Ran {}, {} s", job.name, start.elapsed().as_secs()), ours);
        outcome
    });
    if let Err(why) = &outcome {
        println!("{why}");
    }
    outcome
}

fn show(heading: &str, mut output: std::fs::File) {
    let mut said = Vec::new();
    let _ = output.rewind().and_then(|()| output.read_to_end(&mut said));
    let mut out = std::io::stdout().lock();
    let _ =
        writeln!(out, "{heading}").and_then(|()| out.write_all(&said)).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// A job that runs a line of shell in `folder`.
    fn job(name: &str, package: &str, folder: &Path, line: &str) -> Job {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(folder);
        Job { name: name.into(), package: package.into(), command }
    }

    /// Comes, and leaves when the other one has come, too. It fails if that takes 20 seconds.
    fn meets(me: &str, other: &str) -> String {
        format!(
            "touch {me}; for i in $(seq 200); do [ -e {other} ] && exit 0; sleep 0.1; done; exit 1"
        )
    }

    #[test]
    fn two_packages_run_beside_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = [("a", "b"), ("b", "a")]
            .map(|(me, other)| job(me, me, folder.path(), &meets(me, other)));
        assert_eq!(beside_each_other(jobs.into()), [] as [&str; 0]);
    }

    #[test]
    fn two_of_one_package_never_do() {
        let folder = tempfile::tempdir().unwrap();
        // It fails if somebody is there.
        let alone = "mkdir there && sleep 0.2 && rmdir there && echo $0 >> done";
        let jobs = ["1", "2", "3", "4"].map(|name| job(name, "same", folder.path(), alone));
        assert_eq!(beside_each_other(jobs.into()), [] as [&str; 0]);
        let done = fs::read_to_string(folder.path().join("done")).unwrap();
        assert_eq!(done.lines().count(), 4);
    }

    #[test]
    fn each_one_runs_and_those_that_failed_are_named() {
        for run in [one_by_one as fn(Vec<Job>) -> Vec<String>, beside_each_other] {
            let folder = tempfile::tempdir().unwrap();
            let mut jobs: Vec<_> = ["a", "b", "c", "d"]
                .map(|name| {
                    job(name, name, folder.path(), &format!("touch {name}; [ {name} != b ]"))
                })
                .into();
            jobs.push(job("none", "none", folder.path(), ""));
            jobs[4].command = Command::new("/nowhere/at/all");
            let mut failed = run(jobs);
            failed.sort();
            assert_eq!(failed, ["b", "none"]);
            assert_eq!(folder.path().read_dir().unwrap().count(), 4);
        }
    }
}
