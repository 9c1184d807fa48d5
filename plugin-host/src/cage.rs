//! Cut off from the host's surroundings: descriptors, signals, session, privileges, core files.
#![allow(unsafe_code, reason = "descriptors and signals of a whole process are the kernel's")]

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use rustix::io::{FdFlags, dup, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::process::{DumpableBehavior, Resource, Rlimit};
use rustix::stdio;

/// Which variable tells a program the descriptor of its socket.
pub(crate) const WIRE_FD: &str = "PREFECT_SECRETS_WIRE_FD";
/// That descriptor. Whoever reads the page may count on it.
const SOCKET: RawFd = 3;

/// Goes into a session of its own, without privileges to gain, core files to leave, or anything
/// that the host happened to have open. Gives the socket and the library.
pub(crate) fn enter() -> Result<(OwnedFd, File), String> {
    let failed = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    let errno = |what: &'static str| move |error: rustix::io::Errno| failed(what)(error.into());
    signals();
    // A process that leads a group already leads its session, too, or is one that a shell started.
    let _ = rustix::process::setsid();
    std::env::set_current_dir("/").map_err(failed("no working directory"))?;
    rustix::thread::set_no_new_privs(true).map_err(errno("privileges"))?;
    // One byte, not none: with none a core file that goes to a program is written all the same. Where
    // more than none is not allowed, none it is.
    let allowed = rustix::process::getrlimit(Resource::Core).maximum.unwrap_or(1).min(1);
    let limit = Rlimit { current: Some(allowed), maximum: Some(allowed) };
    rustix::process::setrlimit(Resource::Core, limit).map_err(errno("core files"))?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(errno("core files"))?;

    // Out of the way of what they become, and no higher than a host with few descriptors has them.
    let free = SOCKET + 2;
    let socket = fcntl_dupfd_cloexec(stdio::stdin(), free).map_err(errno("the socket"))?;
    let library = fcntl_dupfd_cloexec(stdio::stdout(), free).map_err(errno("the library"))?;
    let nothing = File::options().read(true).write(true).open("/dev/null");
    let nothing = nothing.map_err(failed("/dev/null"))?;
    stdio::dup2_stdin(&nothing).map_err(errno("standard input"))?;
    let errors = dup(stdio::stderr()).map_err(errno("standard error"))?;
    stdio::dup2_stdout(&errors).map_err(errno("standard output"))?;
    drop((nothing, errors));
    let (socket, library) = only(socket, library).map_err(failed("descriptors"))?;
    Ok((socket, library.into()))
}

/// Closes every descriptor but the first three and these two, which become 3 and 4.
fn only(socket: OwnedFd, library: OwnedFd) -> io::Result<(OwnedFd, OwnedFd)> {
    let (socket, library) = (at(socket, SOCKET)?, at(library, SOCKET + 1)?);
    // SAFETY: nobody in this program owns a descriptor above these two.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, SOCKET + 2, u32::MAX, 0) };
    if closed != 0 {
        for entry in std::fs::read_dir("/proc/self/fd")?.collect::<io::Result<Vec<_>>>()? {
            let number = entry.file_name().to_str().and_then(|name| name.parse::<RawFd>().ok());
            if let Some(number) = number.filter(|number| *number > SOCKET + 1) {
                // SAFETY: as above; that of the folder is closed by now, and closing it fails.
                unsafe { libc::close(number) };
            }
        }
    }
    Ok((socket, library))
}

/// The same descriptor with this number.
fn at(descriptor: OwnedFd, number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the number is above the standard ones and free, or the host left it open by mistake;
    // nobody in this program owns it.
    let made = unsafe { libc::dup3(descriptor.as_raw_fd(), number, libc::O_CLOEXEC) };
    if made < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: made above, and owned by nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(made) })
}

/// The socket as a program that takes this one's place gets it: its number.
pub(crate) fn inherited(socket: &OwnedFd) -> String {
    // It stays open there. If that fails the program says that it has no socket.
    let _ = fcntl_setfd(socket.as_fd(), FdFlags::empty());
    socket.as_raw_fd().to_string()
}

/// Every signal does what it does by default, and none is held back.
fn signals() {
    /// More than the kernel's struct has, on every machine.
    const DEFAULT: [u64; 8] = [0; 8];
    /// Bytes of a set of signals.
    const SET: usize = 8;
    for signal in 1..=64 {
        // Not through the C library, which keeps two signals for itself and leaves them as they are.
        // SAFETY: an action of zeroes is the default one; for those that cannot be changed nothing
        // happens.
        unsafe {
            let (new, old) = (DEFAULT.as_ptr(), std::ptr::null::<u64>());
            libc::syscall(libc::SYS_rt_sigaction, signal, new, old, SET)
        };
    }
    // SAFETY: an empty set, made here.
    unsafe {
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}
