//! What asks for secrets.

use clap::Args;

use super::within::{Asked, Within};

/// Prints the value of a secret.
///
/// It is printed exactly as it is; on a terminal with a newline behind it.
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

/// Says by its exit code whether a secret exists.
///
/// It prints nothing.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets exists DB_PASSWORD && ./start")]
pub(crate) struct Exists {
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// Lists the names that there are, and who has each.
///
/// A terminal gets a table. Anything else gets a line each: the name, its provider behind a tab, and
/// "shadowed" behind another one where an earlier provider answers in its stead.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets list\n  prefect-secrets list | cut -f 1\n  \
    prefect-secrets list --json | jq -r '.[] | select(.shadowed) | .name'")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) within: Within,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Tells how a secret is resolved.
///
/// There is a row for each provider: whether it was asked, what it said, how long that took, where the link was
/// configured; and below it why it was skipped, or failed. Never the value.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets explain DB_PASSWORD\n  \
    prefect-secrets explain --json DB_PASSWORD | jq -r '.links[] | .provider + \": \" + .outcome'")]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
