//! The exit codes.

use std::process::ExitCode;

/// How a command ended. 2, wrong usage, is mostly clap's.
#[derive(Clone, Copy)]
pub(crate) enum Exit {
    /// 0: found, or done.
    Found,
    /// 3.
    NotFound,
    /// 2.
    Usage,
    /// 1.
    Failure,
    /// 126: a program that was to be run is there, and cannot be run.
    CannotRun,
    /// 127: a program that was to be run is not there.
    NoProgram,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Found => 0,
            Exit::NotFound => 3,
            Exit::Usage => 2,
            Exit::Failure => 1,
            Exit::CannotRun => 126,
            Exit::NoProgram => 127,
        })
    }
}
