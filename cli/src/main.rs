//! `prefect-secrets`: the secrets that Prefect users keep, on the command line.
//!
//! A value goes to stdout and nowhere else; every message goes to stderr. Exit codes: 0 found or
//! done, 3 not found, 2 wrong usage, 1 any failure; `run` ends as the program that it starts, with 126
//! or 127 if that cannot be started.

mod arguments;
mod bench;
mod cloud;
mod columns;
mod completion;
mod config;
mod config_file;
mod confirm;
mod delete;
mod doctor;
mod exists;
mod exit;
mod explain;
mod export;
mod get;
mod handover;
mod inherited;
mod list;
mod output;
mod plain;
mod plugin;
mod progress;
mod prompt;
mod run;
mod set;
mod signals;
mod style;
mod units;
mod usage;
mod within;

use std::io::Write;

use arguments::{Arguments, Command};
use clap::Parser;
use exit::Exit;
use prefect_secrets_core::Error;
use prefect_secrets_core::abi::Wiping;
use style::{BAD, Colours};

/// A value may pass through the buffers of any library.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> std::process::ExitCode {
    let outcome = match completion::answer() {
        Some(answered) => answered,
        None => match Arguments::try_parse() {
            Ok(arguments) => carry_out(&arguments.command),
            Err(error) => return usage::tell(error),
        },
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => {
            report(&error);
            Exit::Failure.into()
        }
    }
}

fn carry_out(command: &Command) -> Result<Exit, Error> {
    match command {
        Command::Get(get) => get::run(get),
        Command::Exists(exists) => exists::run(exists),
        Command::List(list) => list::run(list),
        Command::Set(set) => set::run(set),
        Command::Delete(delete) => delete::run(delete),
        Command::Explain(explain) => explain::run(explain),
        Command::Run(run) => run::run(run),
        Command::Export(export) => export::run(export),
        Command::Doctor(doctor) => doctor::run(doctor),
        Command::Config(config) => config::run(config),
        Command::Bench(bench) => bench::run(bench),
        Command::Plugin(plugin) => plugin::run(plugin),
        Command::Completion(completion) => completion::run(completion),
    }
}

/// Tells the person what failed and what to do next.
pub(crate) fn report(error: &Error) {
    // Nobody is left to tell if this fails.
    let who = Colours::of_stderr().paint(BAD, "prefect-secrets:");
    // A path may hold what a terminal obeys. In one write: others may write into the same log.
    let line = format!("{who} {}\n", plain::plain(&error.to_string()));
    let _ = std::io::stderr().write_all(line.as_bytes());
}
