//! Processes that come from this one.

use std::io;
use std::time::{Duration, Instant};

/// What a child of [`fork`] ended with.
pub(crate) enum Ended {
    Code(i32),
    Signal(i32),
    NotInTime,
}

/// Children whose parents have ended become ours, so that none gets lost.
pub(crate) fn adopt_orphans() {
    // SAFETY: a number is set for this process.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
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
            let code = call();
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
