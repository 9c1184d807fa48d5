//! What this program was started with: which signals are ignored, and whether there is a stdout.
//!
//! Where there is none the standard library opens /dev/null before `main`, and a value that went there
//! would be lost without a word.
//!
//! The standard library has `SIGPIPE` ignored before `main`, and its exec sets it to the default. But who
//! started us may have wanted it ignored, as systemd does by default, and that is the child's to
//! inherit. So it is looked at before `main`, and for `run` only.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;
use signal_hook::consts::SIGPIPE;

static IS_PIPE_IGNORED: AtomicBool = AtomicBool::new(false);
static IS_STDOUT_CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether `SIGPIPE` was ignored when this program was started.
pub(crate) fn is_pipe_ignored() -> bool {
    IS_PIPE_IGNORED.load(Ordering::Relaxed)
}

/// Whether there was no stdout when this program was started.
pub(crate) fn is_stdout_closed() -> bool {
    IS_STDOUT_CLOSED.load(Ordering::Relaxed)
}

/// Whether `signal` is ignored now.
pub(crate) fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    // The mask begins with the signal 1.
    mask & (1 << (signal - 1)) != 0
}

#[ctor::ctor(unsafe)]
fn look() {
    let stdout = rustix::io::fcntl_getfd(rustix::stdio::stdout());
    IS_STDOUT_CLOSED.store(stdout == Err(Errno::BADF), Ordering::Relaxed);
    // The words of the command line are there in /proc before the standard library has them.
    let run = std::fs::read("/proc/self/cmdline").unwrap_or_default();
    if !run.split(|byte| *byte == 0).any(|word| word == b"run") {
        return;
    }
    IS_PIPE_IGNORED.store(is_ignored(SIGPIPE), Ordering::Relaxed);
}
