//! What changes secrets.

use clap::Args;

use super::within::Asked;

/// Writes a secret.
///
/// It goes to Prefect Cloud, or wherever the chain can write first. The value comes from the standard input,
/// every byte of it, or from a prompt that does not show it; never from an argument, which others could
/// see.
///
/// With --to toml it goes to the configuration file that is read: the one that PREFECT__USER_CONFIG_PATH
/// names, else ~/.prefect/config.toml. Everything else in the file stays as it is, to the byte; it is
/// replaced in one step, and readable by its owner alone afterwards, whatever it was before. A value or a
/// name that Prefect's rules would read back as another one is refused.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets set DB_PASSWORD\n  \
    printf %s \"$PASSWORD\" | prefect-secrets set DB_PASSWORD\n  \
    prefect-secrets set --json DB_SETTINGS < settings.json\n  \
    prefect-secrets set --to toml DB_PASSWORD")]
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
    /// Accept that only the text comes back as it was sent, where a file would make another JSON view of
    /// it: of the text 0000 the number 0, say, which is what Python gets.
    #[arg(long, conflicts_with = "json")]
    pub(crate) text_only: bool,
    /// Write to this provider of the chain; toml is the configuration file.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) to: Option<String>,
}

/// Deletes a secret.
///
/// It is taken from Prefect Cloud, or wherever the chain can delete first.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets delete DB_PASSWORD\n  \
    prefect-secrets delete --from toml DB_PASSWORD")]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Delete from this provider of the chain; toml is the configuration file, of which everything else
    /// stays as it is.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) from: Option<String>,
}
