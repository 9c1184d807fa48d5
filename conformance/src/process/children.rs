//! Processes that come from this one.

use std::io;
use std::time::{Duration, Instant};

use prefect_secrets_core::abi::caught;

/// The code of a child in which the kit itself failed.
const FAILED: i32 = 102;

/// What a child of [`fork`] ended with.
pub(crate) enum Ended {
    Code(i32),
    Signal(i32),
    NotInTime,
}

/// Whether there are children, running or ended, that nobody waited for.
pub(crate) fn left_children() -> bool {
    // SAFETY: no status is asked for.
    let waited = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG | libc::__WALL) };
    waited >= 0
}

/// Runs `call` in a forked child, and tells how that ended: with the code that `call` gave, if it came
/// so far within `limit`.
pub(crate) fn fork(limit: Duration, call: impl FnOnce() -> i32) -> io::Result<Ended> {
    // SAFETY: the child calls what the rule is about, and ends at once.
    let child = unsafe { libc::fork() };
    match child {
        -1 => return Err(io::Error::last_os_error()),
        0 => {
            // A second verdict must not come out of here.
            let code = caught(call).unwrap_or(FAILED);
            // SAFETY: nothing of this process is to be run at its end.
            unsafe { libc::_exit(code) }
        }
        _ => {}
    }
    let start = Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: a place for one number.
        let waited = unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) };
        if waited == child {
            return Ok(if libc::WIFEXITED(status) {
                Ended::Code(libc::WEXITSTATUS(status))
            } else {
                Ended::Signal(libc::WTERMSIG(status))
            });
        }
        if start.elapsed() > limit {
            // SAFETY: our own child, which has not been waited for.
            unsafe {
                libc::kill(child, libc::SIGKILL);
                libc::waitpid(child, &raw mut status, 0);
            }
            return Ok(Ended::NotInTime);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Ends this process, and runs nothing more in it.
pub(crate) fn end() -> ! {
    // SAFETY: nothing is handed over.
    unsafe { libc::_exit(0) }
}

/// Keeps this process from leaving an image of its memory, and from living longer than its parent.
pub(crate) fn bind() -> io::Result<()> {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(rustix::process::Resource::Core, none)?;
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

/// Whether this process still has the parent with this number.
pub(crate) fn is_child_of(parent: u32) -> bool {
    let now = rustix::process::getppid();
    now.is_some_and(|now| now.as_raw_nonzero().get().unsigned_abs() == parent)
}

/// The children of this process, by their numbers.
pub(crate) fn children() -> Vec<i32> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split(' ').filter_map(|id| id.trim().parse().ok()).collect::<Vec<_>>()
        })
        .collect()
}

/// Orphans among the processes that this one started become its own children.
pub(crate) fn adopt_orphans() {
    // SAFETY: a number is set for this process.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}

/// Ends children that are not among `before`, and theirs, until there are none.
pub(crate) fn end_new_children(before: &[i32]) {
    for _ in 0..100 {
        let new: Vec<i32> = children().into_iter().filter(|id| !before.contains(id)).collect();
        if new.is_empty() {
            return;
        }
        for id in new {
            // SAFETY: a child of this process, which is not waited for by anybody else.
            unsafe {
                libc::kill(id, libc::SIGKILL);
                libc::waitpid(id, std::ptr::null_mut(), 0);
            }
        }
    }
}
