//! What changes secrets.

use clap::Args;

use super::within::Asked;

/// Writes a secret.
///
/// It goes to Prefect Cloud, or wherever the chain can write first. The value comes from the standard input,
/// every byte of it, or from a prompt that does not show it; never from an argument, which others could
/// see.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets set DB_PASSWORD\n  \
    printf %s \"$PASSWORD\" | prefect-secrets set DB_PASSWORD\n  \
    prefect-secrets set --json DB_SETTINGS < settings.json")]
pub(crate) struct Set {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// The value is one JSON document: a number, say, or an object. Else it is text.
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the empty text if nothing comes on the standard input. Unsaid, that is a failure: what was
    /// to write the value may have failed.
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Write to this provider of the chain.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) to: Option<String>,
}

/// Deletes a secret.
///
/// It is taken from Prefect Cloud, or wherever the chain can delete first.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets delete DB_PASSWORD")]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Delete from this provider of the chain.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) from: Option<String>,
}
