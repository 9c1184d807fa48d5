//! Writing to a connection that the other side has closed.

use std::mem::zeroed;
use std::ptr::null_mut;

/// Runs `call` with `SIGPIPE` kept away from this thread. A host in C has the signal's default,
/// which ends the process; the standard library's vectored writes to a socket raise it. Neither
/// the host's handler nor the mask of any other thread is touched, and a signal that was pending
/// before stays pending.
pub fn without_sigpipe<T>(call: impl FnOnce() -> T) -> T {
    let _blocked = Blocked::now();
    call()
}

struct Blocked {
    before: libc::sigset_t,
    /// One that this thread kept back already.
    was_pending: bool,
}

impl Blocked {
    fn now() -> Self {
        // SAFETY: the sets are local and filled before they are read; these calls fail for wrong
        // arguments only, and there are none.
        unsafe {
            let (mut pending, mut before) = (zeroed(), zeroed());
            libc::pthread_sigmask(libc::SIG_BLOCK, &pipe(), &raw mut before);
            // Where it was let through, none can have been waiting.
            if libc::sigismember(&raw const before, libc::SIGPIPE) != 1 {
                return Self { before, was_pending: false };
            }
            libc::sigemptyset(&raw mut pending);
            libc::sigpending(&raw mut pending);
            let was_pending = libc::sigismember(&raw const pending, libc::SIGPIPE) == 1;
            Self { before, was_pending }
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: as above; the signal is blocked, so that it can be taken off the thread.
        unsafe {
            if !self.was_pending {
                libc::sigtimedwait(&pipe(), null_mut(), &raw const at_once);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, null_mut());
        }
    }
}

/// The set of `SIGPIPE` alone.
fn pipe() -> libc::sigset_t {
    // SAFETY: the set is local, and filled before it is returned.
    unsafe {
        let mut set = zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGPIPE);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one waits for this thread to let it through.
    fn is_pending() -> bool {
        // SAFETY: the set is local and filled before it is read.
        unsafe {
            let mut pending = zeroed();
            libc::sigemptyset(&raw mut pending);
            libc::sigpending(&raw mut pending);
            libc::sigismember(&raw const pending, libc::SIGPIPE) == 1
        }
    }

    /// As a write to a connection that the other side has closed.
    fn raise() {
        // SAFETY: it is sent to this thread, which keeps it back or ignores it, as Rust's programs do.
        assert_eq!(unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGPIPE) }, 0);
    }

    fn is_blocked() -> bool {
        // SAFETY: the set is local and filled before it is read; no mask is changed.
        unsafe {
            let mut now = zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, null_mut(), &raw mut now);
            libc::sigismember(&raw const now, libc::SIGPIPE) == 1
        }
    }

    #[test]
    fn one_of_ours_is_taken_away_and_one_of_theirs_stays() {
        without_sigpipe(|| {
            raise();
            assert!(is_pending());
        });
        assert!(!is_pending() && !is_blocked());
        let theirs = Blocked::now();
        // Within a thread that keeps it back itself.
        without_sigpipe(raise);
        assert!(!is_pending() && is_blocked());
        raise();
        without_sigpipe(raise);
        assert!(is_pending() && is_blocked(), "the one that was there before");
        drop(theirs);
        assert!(!is_pending() && !is_blocked());
    }
}
