//! The command line itself, for what is made of it.

use clap::{Command, CommandFactory};

#[path = "../../cli/src/arguments/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only its shape is asked for")]
mod arguments;

/// `prefect-secrets` and all that stands below it.
pub(crate) fn command() -> Command {
    let mut command = arguments::Arguments::command().disable_help_subcommand(true);
    command.build();
    command
}
