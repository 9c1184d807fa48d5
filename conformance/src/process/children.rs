//! Forked children of the process of a rule.

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
