//! Threads of the library.

use std::io;
use std::mem::zeroed;
use std::ptr::null_mut;
use std::thread::{Builder, JoinHandle};

use crate::error::{Error, Kind};

/// Starts a thread of the library. It takes no signal that is sent to the process: the host's
/// handlers run on the host's own threads.
pub fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let _blocked = Blocked::now();
    Builder::new().name("prefect-secrets".into()).spawn(work)
}

/// The failure where none can be started.
pub(crate) fn exhausted(error: &io::Error) -> Error {
    Error::new(
        Kind::Unavailable,
        format!("no thread could be started for this call: {error}"),
        "raise the limit of threads of this process",
    )
}

/// While this lives, no signal that another thread could take is taken by this one. A thread starts
/// with the mask of the one that starts it.
struct Blocked(libc::sigset_t);

impl Blocked {
    fn now() -> Self {
        // SAFETY: the sets are local and filled before they are read; these calls fail for wrong
        // arguments only, and there are none.
        unsafe {
            let (mut all, mut before) = (zeroed(), zeroed());
            libc::sigfillset(&raw mut all);
            // A fault of the thread's own is not put off.
            for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP] {
                libc::sigdelset(&raw mut all, fault);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
            Self(before)
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, null_mut()) };
    }
}
