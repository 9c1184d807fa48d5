//! What the command line takes: a file for each group of commands. The manual pages are made of this, too
//! (`packaging/src/manual.rs`), so it stands on `clap` alone.

mod bench;
mod completion;
mod handover;
mod looking;
mod plugin;
mod reading;
mod within;
mod writing;

pub(crate) use bench::Bench;
use clap::{Parser, Subcommand};
pub(crate) use completion::{Completion, Shell};
pub(crate) use handover::{Asked, Export, Format, Handover, Run};
pub(crate) use looking::{Config, ConfigPath, ConfigShow, Doctor};
pub(crate) use plugin::{
    Isolation, Language, Plugin, PluginCheck, PluginList, PluginNew, PluginRules,
};
pub(crate) use reading::{Exists, Explain, Get, List};
pub(crate) use within::Within;
pub(crate) use writing::{Delete, Set};

/// The secrets that Prefect users keep.
///
/// They come from the environment, ~/.prefect/config.toml, Prefect Cloud or a server of your own, and
/// plugins: from the first of these that has the name.
#[derive(Parser)]
#[command(name = "prefect-secrets", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Examples:\n  prefect-secrets get DB_PASSWORD\n  \
    prefect-secrets explain DB_PASSWORD\n  prefect-secrets get --help\n\n\
    Exit codes: 0 found or done, 3 not found, 2 wrong usage, 1 any failure.\n\n\
    `--` ends the options, so that any name can be asked for.";

#[derive(Subcommand)]
pub(crate) enum Command {
    Get(Get),
    Exists(Exists),
    List(List),
    Set(Set),
    Delete(Delete),
    Explain(Explain),
    Doctor(Doctor),
    #[command(subcommand)]
    Config(Config),
    Run(Run),
    Export(Export),
    Bench(Bench),
    #[command(subcommand)]
    Plugin(Plugin),
    Completion(Completion),
}
