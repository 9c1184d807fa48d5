//! `completion SHELL`.

use clap::{Args, ValueEnum};

/// Prints what makes a shell complete commands and names.
///
/// Names of secrets come from variables and files of this machine alone: pressing a key asks no server,
/// and no value is shown. Where prefect-secrets was installed into a prefix that the shell looks into,
/// as /usr, it completes already. For zsh the file stands in a folder of fpath, which is set before compinit
/// runs.
#[derive(Args)]
#[command(after_help = "Examples:\n  source <(prefect-secrets completion bash)\n  \
    prefect-secrets completion zsh > ~/.zfunc/_prefect-secrets\n  \
    prefect-secrets completion fish > ~/.config/fish/completions/prefect-secrets.fish")]
pub(crate) struct Completion {
    /// The shell that is to complete.
    pub(crate) shell: Shell,
}

/// A shell that completes.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}
