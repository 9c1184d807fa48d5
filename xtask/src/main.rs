//! The build and test commands: `cargo xtask demo`, `test`, `lint`, `install`, `uninstall`, `dist`,
//! `docs`, `bench`.
#![allow(clippy::print_stdout, reason = "a command for people; its output is its purpose")]

mod bench;
mod debian;
mod demo;
mod dist;
mod docs;
mod install;
mod instruments;
mod lint;
mod musl;
mod python;
mod stage;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a step says when it fails.
type Outcome<T = ()> = Result<T, String>;

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
        /// Only what needs Debian packages: valgrind, a browser, shells, Docker, AddressSanitizer's runtime
        #[arg(long)]
        instruments: bool,
        /// The long versions: more cases, more rounds
        #[arg(long)]
        full: bool,
    },
    /// Formatting, clippy, documentation, licences
    Lint,
    /// Builds the library and the programs, and installs them
    Install {
        #[command(flatten)]
        to: install::Where,
        /// The unoptimised build, which takes a fraction of the time
        #[arg(long)]
        debug: bool,
    },
    /// Takes away what `install` installed, and nothing else
    Uninstall {
        #[command(flatten)]
        from: install::Where,
    },
    /// The release archive for this architecture, linked against glibc 2.31, in target/dist
    Dist,
    /// Writes docs/cli.md from the program's own arguments
    Docs,
    /// What a secret costs, beside floors of the same run: writes benches/RESULTS.md
    Bench {
        #[command(flatten)]
        what: bench::What,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Demo { debug, prefect } => demo::run(!debug, prefect),
        Command::Test { instruments: true, full } => instruments::run(full),
        Command::Test { instruments: false, full } => test::run(full),
        Command::Lint => lint::run(),
        Command::Install { to, debug } => install::install_into(&to, debug),
        Command::Uninstall { from } => install::uninstall_from(&from),
        Command::Dist => dist::run(),
        Command::Docs => docs::run(),
        Command::Bench { what } => bench::run(&what),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
