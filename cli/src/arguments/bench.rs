//! `bench`.

use std::time::Duration;

use clap::Args;

use super::within::seconds;

/// Measures your own chain.
///
/// It tells what a get takes from each provider and through the whole chain, first after opening and again and
/// again; and all names at once beside one at a time. Nothing is written anywhere but to the file of
/// --svg, and no value is shown. Ctrl-C ends it with what it has.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets bench\n  \
    prefect-secrets bench --seconds 2 DB_PASSWORD NO_SUCH_NAME\n  \
    prefect-secrets bench --json > mine.json\n  prefect-secrets bench --svg mine.svg\n\n\
    Exit codes: 0 measured, 1 a provider failed, 3 nobody has a name that was given, 2 wrong usage.")]
pub(crate) struct Bench {
    /// The names to ask for. Unsaid, those that the providers list, at most 20.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// What measuring may take in all. Providers in memory take a fifth of a second each.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) seconds: Duration,
    /// How many calls stand behind each line, at most. Unsaid, 20 to a provider that may be far away,
    /// so that it is not flooded, and what the time allows to all others.
    #[arg(long, value_name = "CALLS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Give up a call after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Draw a picture of it, too. A file that is there is replaced.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<std::path::PathBuf>,
}
