//! The build and test commands: `cargo xtask demo`, `cargo xtask test`, `cargo xtask lint`.
#![allow(clippy::print_stdout, reason = "a command for people; its output is its purpose")]

mod debian;
mod demo;
mod instruments;
mod lint;
mod python;
mod stage;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a step says when it fails.
type Outcome = Result<(), String>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The build and test commands of libprefect_secrets")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The main job, from a C host: one secret from each kind of place, in a scratch home
    Demo {
        /// With the unoptimised libraries that the tests use
        #[arg(long)]
        debug: bool,
        /// With a real Prefect 3 server from PyPI as the Cloud; its own client keeps the secret
        #[arg(long)]
        prefect: bool,
    },
    /// Every test; what would be skipped is a failure
    Test {
        /// Only what needs Debian packages: valgrind, a browser, AddressSanitizer's runtime
        #[arg(long)]
        instruments: bool,
        /// The long versions: more cases, more rounds
        #[arg(long)]
        full: bool,
    },
    /// Formatting, clippy, documentation, licences
    Lint,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Demo { debug, prefect } => demo::run(!debug, prefect),
        Command::Test { instruments: true, full } => instruments::run(full),
        Command::Test { instruments: false, full } => test::run(full),
        Command::Lint => lint::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
