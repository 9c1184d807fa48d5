//! The process itself: started, ended, reaped.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prefect_secrets_core::{Error, Kind};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, pidfd_send_signal, waitid,
};

use super::handle;
use super::inherited::{Entry, Listed};
use super::lines::Lines;

/// How long a process that was killed may take to be gone.
const DYING: Duration = Duration::from_secs(1);

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It exited with a status.
    Exited(i32),
    /// A signal ended it.
    Signal(i32),
    /// It did not end, and was killed by us.
    Killed,
    /// The host program waits for any child, and took the status.
    Unknown,
}

/// A child process, and what connects it with us. It is ended when this is dropped.
pub(super) struct Child {
    pid: Pid,
    /// Stands for this very process, also when its number is another's by now.
    handle: Listed,
    socket: Listed,
    pub(super) lines: Lines,
    end: Mutex<Option<End>>,
}

impl Child {
    /// Starts `command` with one end of a socket as its standard input.
    pub(super) fn start(command: &mut Command, provider: &str) -> Result<Self, Error> {
        let exhausted = |error: Errno| unavailable("no process can be started", &error.into());
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .map_err(exhausted)?;
        let (ours, listed) = (Listed::new(ours), Entry::new(theirs.as_fd()));
        let (lines, written) = pipe_with(PipeFlags::CLOEXEC).map_err(exhausted)?;
        let (lines, listed) = (Listed::new(lines), [listed, Entry::new(written.as_fd())]);
        fcntl_setfl(&lines, OFlags::NONBLOCK).map_err(exhausted)?;
        let program = command.get_program().to_owned();
        command.stdin(Stdio::from(theirs)).stderr(Stdio::from(written));
        let child = command.spawn();
        // What it was given is not ours any more: the socket ends when it does.
        drop(listed);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = child.map_err(|error| {
            unavailable(&format!("{} cannot be started", program.display()), &error)
        })?;
        let pid = Pid::from_raw(child.id() as i32).expect("a process has a number");
        let handle = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| match error {
            Errno::NOSYS => Error::new(
                Kind::Unsupported,
                "this kernel has no handles of processes, which a plugin in its own process needs",
                "run on Linux 5.4 or later, or in-process if the plugin is trusted",
            ),
            error => unavailable("the new process cannot be held", &error.into()),
        });
        let handle = handle.inspect_err(|_| {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
            let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
        })?;
        let (handle, lines) = (Listed::new(handle), Lines::new(lines, provider));
        Ok(Self { pid, handle, socket: ours, lines, end: Mutex::new(None) })
    }

    /// Our end of the socket.
    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Whether it has ended, and may not have been reaped.
    pub(super) fn is_gone(&self) -> bool {
        let now = super::call::timespec(Duration::ZERO);
        poll(&mut [PollFd::new(&self.handle, PollFlags::IN)], Some(&now)) == Ok(1)
    }

    /// How it ended, after at most `patience`: then it is killed. Nothing of its group is left.
    pub(super) fn end(&self, patience: Duration) -> End {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        *end.get_or_insert_with(|| {
            let ended = self.has_ended(patience);
            // What it started dies with it.
            handle::kill_group(self.handle.as_fd(), || self.is_ours().then_some(self.pid));
            if !ended {
                let _ = pidfd_send_signal(&self.handle, Signal::KILL);
                self.has_ended(DYING);
            }
            let status = loop {
                match waitid(self.id(), WaitIdOptions::EXITED | WaitIdOptions::NOHANG) {
                    Err(Errno::INTR) => {}
                    status => break status,
                }
            };
            self.lines.drain();
            match status {
                _ if !ended => End::Killed,
                Ok(Some(status)) => End::of(status.exit_status(), status.terminating_signal()),
                // The host program took it, or wants none. A recent kernel tells it all the same.
                _ => {
                    let (status, signal) = handle::wait_status(self.handle.as_fd());
                    End::of(status, signal)
                }
            }
        })
    }

    /// Whether it is still a child of ours, a zombie perhaps: its number is its own then.
    fn is_ours(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        waitid(self.id(), look).is_ok()
    }

    fn id(&self) -> WaitId<'_> {
        WaitId::PidFd(self.handle.as_fd())
    }

    /// Whether it ends within `patience`. Its lines are read meanwhile, so that it does not wait for
    /// a reader; one that writes without end gets no more time for it.
    fn has_ended(&self, patience: Duration) -> bool {
        let deadline = prefect_secrets_core::Deadline::within(patience);
        deadline.at();
        while !self.is_gone() {
            let left = deadline.remaining();
            if left.is_zero() {
                return false;
            }
            let mut ends = vec![PollFd::new(&self.handle, PollFlags::IN)];
            ends.extend(self.lines.to_poll());
            let polled = poll(&mut ends, Some(&super::call::timespec(left)));
            if polled.is_ok() && ends.get(1).is_some_and(|lines| !lines.revents().is_empty()) {
                self.lines.drain();
            }
        }
        true
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

impl End {
    fn of(status: Option<i32>, signal: Option<i32>) -> Self {
        match (status, signal) {
            (Some(status), _) => Self::Exited(status),
            (None, Some(signal)) => Self::Signal(signal),
            (None, None) => Self::Unknown,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "its process exited with status {status}"),
            Self::Signal(signal) => match name(*signal) {
                Some(name) => write!(f, "its process was ended by signal {signal} ({name})"),
                None => write!(f, "its process was ended by signal {signal}"),
            },
            Self::Killed => f.write_str("its process was killed"),
            Self::Unknown => {
                f.write_str("its process ended, and this program itself took its status")
            }
        }
    }
}

fn name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        31 => "SIGSYS",
        _ => return None,
    })
}

fn unavailable(what: &str, error: &io::Error) -> Error {
    let next = "raise the limits of processes and open files of this process";
    Error::new(Kind::Unavailable, format!("{what}: {error}"), next)
}

#[cfg(test)]
impl Child {
    /// One without a process: the other end of its socket is the test's, and it has ended.
    pub(super) fn of_a_test(socket: std::os::fd::OwnedFd) -> Self {
        let pid = rustix::process::getpid();
        let handle = pidfd_open(pid, PidfdFlags::empty()).expect("a handle");
        let (lines, _) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).expect("a pipe");
        let lines = Lines::new(Listed::new(lines), "test");
        let (handle, socket) = (Listed::new(handle), Listed::new(socket));
        Self { pid, handle, socket, lines, end: Mutex::new(Some(End::Killed)) }
    }
}
