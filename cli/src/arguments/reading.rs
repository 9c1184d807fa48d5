//! What asks for secrets.

use clap::Args;

use super::within::{Asked, Within};

/// Prints the value of a secret, exactly as it is; on a terminal with a newline behind it.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets get DB_PASSWORD\n  \
    prefect-secrets get --json DB_SETTINGS | jq .host\n  prefect-secrets get -- --odd-name")]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Print the JSON view, as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Says by its exit code whether a secret exists. Prints nothing.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets exists DB_PASSWORD && ./start")]
pub(crate) struct Exists {
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// Lists the names that there are: a line each, with its provider behind a tab, and "shadowed" behind
/// another one where an earlier provider answers in its stead.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets list | cut -f 1")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) within: Within,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Tells how a secret is resolved: each provider, asked or skipped and why. Never the value.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets explain DB_PASSWORD")]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
