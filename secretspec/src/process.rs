//! What this process was given, and what a process that it starts gets.
#![allow(unsafe_code, reason = "descriptors, and what a child does before it is another program")]

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::process::Command;

/// Which variable tells the descriptor of the wire.
pub(crate) const WIRE_FD: &str = "PREFECT_SECRETS_WIRE_FD";

/// The socket of the wire; `None` if this program was started by a person. No process that is
/// started from here inherits it: what this gives is a duplicate, and the original is closed.
pub(crate) fn socket() -> Option<OwnedFd> {
    let number: RawFd = std::env::var(WIRE_FD).ok()?.parse().ok()?;
    if number <= 2 {
        return None;
    }
    // SAFETY: the host opened it for this program. This is the first thing that is done here, so no
    // other part can have a descriptor of its own with this number, and it is closed before one can.
    let given = unsafe { BorrowedFd::borrow_raw(number) };
    let socket = given.try_clone_to_owned().ok()?;
    // SAFETY: as above; nothing borrows it any more.
    unsafe { rustix::io::close(number) };
    Some(socket)
}

/// Has the kernel end what `command` starts when the thread that starts it ends, however it does.
pub(crate) fn ends_with_this_thread(command: &mut Command) {
    let before = || set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from);
    // SAFETY: one system call, without memory or locks.
    unsafe { command.pre_exec(before) };
}
