//! What the kernel does with the handle of a process, where it is recent enough.

use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::process::{Pid, Signal, kill_process_group};

/// Ends what belongs to the group of the process, which may be gone already. Before Linux 6.9 that is
/// done by number, if `number` says that it is still that of the process.
pub(super) fn kill_group(handle: BorrowedFd<'_>, number: impl FnOnce() -> Option<Pid>) {
    // SAFETY: a handle, and no information to be read.
    let done = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            handle.as_raw_fd(),
            libc::SIGKILL,
            std::ptr::null::<libc::siginfo_t>(),
            libc::PIDFD_SIGNAL_PROCESS_GROUP,
        )
    };
    let unknown = done != 0 && std::io::Error::last_os_error().raw_os_error() == Some(libc::EINVAL);
    if let Some(number) = unknown.then(number).flatten() {
        let _ = kill_process_group(number, Signal::KILL);
    }
}

/// How a process ended whose status somebody else took: its status, or else the signal. Both `None`
/// before Linux 6.15.
pub(super) fn wait_status(handle: BorrowedFd<'_>) -> (Option<i32>, Option<i32>) {
    let exit = u64::from(libc::PIDFD_INFO_EXIT);
    // SAFETY: numbers, which may be zero.
    let mut info: libc::pidfd_info = unsafe { std::mem::zeroed() };
    info.mask = exit;
    // SAFETY: a handle, and a place of the size that the number of the request says.
    let done = unsafe { libc::ioctl(handle.as_raw_fd(), libc::PIDFD_GET_INFO, &raw mut info) };
    if done != 0 || info.mask & exit == 0 {
        return (None, None);
    }
    let status = info.exit_code;
    (
        libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
        libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)),
    )
}
