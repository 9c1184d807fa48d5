//! What is written to the standard output and error.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr;

use rustix::fs::{MemfdFlags, fstat, memfd_create};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::stdio::{dup2_stdin, dup2_stdout};

/// Where the standard output and error go while a rule is tried.
pub(crate) struct Output {
    written: OwnedFd,
    /// The standard output as it was: the way back to who started this process.
    pub(crate) back: File,
}

/// A place for what is written, which whoever started the process looks at afterwards.
pub(crate) fn place() -> io::Result<File> {
    Ok(memfd_create("output", MemfdFlags::CLOEXEC)?.into())
}

impl Output {
    /// From now on the standard input is empty, and the standard output goes where the error went when
    /// this process was started: into a [`place`].
    pub(crate) fn redirect() -> io::Result<Self> {
        // High, out of the way of a plugin that closes numbers at random.
        let back = fcntl_dupfd_cloexec(io::stdout().as_fd(), 100)?;
        let written = fcntl_dupfd_cloexec(io::stderr().as_fd(), 100)?;
        dup2_stdin(File::open("/dev/null")?)?;
        dup2_stdout(&written)?;
        Ok(Self { written, back: back.into() })
    }

    /// How many bytes were written, those in buffers of the C library included.
    pub(crate) fn len(&self) -> io::Result<u64> {
        // SAFETY: every stream of this process is meant.
        unsafe { libc::fflush(ptr::null_mut()) };
        Ok(fstat(&self.written)?.st_size.try_into().unwrap_or(0))
    }
}
