//! The exit codes.

use std::process::ExitCode;

/// How a command ended. 2, wrong usage, is clap's.
#[derive(Clone, Copy)]
pub(crate) enum Exit {
    /// 0: found, or done.
    Found,
    /// 3.
    NotFound,
    /// 1.
    Failure,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Found => 0,
            Exit::NotFound => 3,
            Exit::Failure => 1,
        })
    }
}
