//! What looks at the installation and its configuration.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::within::seconds;

/// Looks for what keeps secrets from being had, or from being safe.
///
/// The configuration, who else can read its files, each provider of the chain, its plugins, TLS, the clock:
/// a line for each thing that was examined, and what to do where it is not well. No value and no key is
/// shown. Each provider is asked one question, and the Cloud's machine, without the key, for the time.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets doctor\n  \
    prefect-secrets doctor --strict --timeout 3 && ./start\n  \
    prefect-secrets doctor --json | jq '.checks[] | select(.outcome != \"ok\")'\n\n\
    Exit codes: 0 nothing is broken, 1 something is; with --strict a warning counts, too. What is skipped is not \
    in use, and no fault.")]
pub(crate) struct Doctor {
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Fail for warnings, too.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Give up a provider after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

/// What is configured and where, and which files it is read from.
#[derive(Subcommand)]
#[command(after_help = "Examples:\n  prefect-secrets config show\n  prefect-secrets config path")]
pub(crate) enum Config {
    Show(ConfigShow),
    Path(ConfigPath),
}

/// Shows the configuration that is in force, without values of secrets.
///
/// Each setting, and the file or the variable that set it. Of secrets, of credentials, and of whatever is not
/// known to be harmless only the name is shown. What nobody set is left out, though Prefect has a default
/// for it.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets config show\n  \
    prefect-secrets config show --json | jq '.settings[] | select(.name == \"cloud.api\")'")]
pub(crate) struct ConfigShow {
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Prints the path of the config.toml that is read.
///
/// Or of the one that would be read if it were there: the bytes of the path, and a newline.
#[derive(Args)]
#[command(after_help = "Examples:\n  ${EDITOR:-vi} \"$(prefect-secrets config path)\"\n  \
    prefect-secrets config path --json | jq -r '.files[] | select(.exists) | .path'")]
pub(crate) struct ConfigPath {
    /// Print every file of the configuration as JSON: its role, its path, whether it is there, and what moved it
    /// from where Prefect has it. In a path that is not UTF-8 each other byte is replaced.
    #[arg(long)]
    pub(crate) json: bool,
}
