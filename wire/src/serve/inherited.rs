//! The socket that the host left open.
#![allow(unsafe_code, reason = "a number that another program chose becomes a descriptor here")]

use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{FdFlags, fcntl_setfd};

use super::WIRE_FD;

/// The socket, the first time.
pub(super) fn socket() -> Option<OwnedFd> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    let number = std::env::var(WIRE_FD).ok()?.parse().ok().filter(|number| *number > 2)?;
    if TAKEN.swap(true, Ordering::Relaxed) {
        return None;
    }
    // SAFETY: the host opened it for this program and names it to nobody else; it is taken once. A
    // number that is not open makes every call on it fail.
    let socket = unsafe { OwnedFd::from_raw_fd(number) };
    // What this program starts is none of the host's.
    fcntl_setfd(&socket, FdFlags::CLOEXEC).ok()?;
    Some(socket)
}
