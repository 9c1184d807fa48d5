//! What this program was started with, and changes for itself: whether `SIGPIPE` is ignored.
//!
//! The standard library has it ignored before `main`, and its exec sets it to the default. But who
//! started us may have wanted it ignored, as systemd does by default, and that is the child's to
//! inherit. So it is looked at before `main`, and for `run` only.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_PIPE_IGNORED: AtomicBool = AtomicBool::new(false);
/// Its number on Linux is 13, and the mask begins with the signal 1.
const PIPE: u64 = 1 << (13 - 1);

/// Whether `SIGPIPE` was ignored when this program was started.
pub(crate) fn is_pipe_ignored() -> bool {
    IS_PIPE_IGNORED.load(Ordering::Relaxed)
}

#[ctor::ctor(unsafe)]
fn look() {
    // The words of the command line are there in /proc before the standard library has them.
    let run = std::fs::read("/proc/self/cmdline").unwrap_or_default();
    if !run.split(|byte| *byte == 0).any(|word| word == b"run") {
        return;
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    IS_PIPE_IGNORED.store(mask & PIPE != 0, Ordering::Relaxed);
}
