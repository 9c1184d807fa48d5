//! What a shell reads once, so that it asks this program at each press of the key. The installed files
//! are made of this, too (`packaging/src/completion.rs`), so it stands on `clap_complete` alone.

use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};

/// The variable that says which shell asks. A name of our own: somebody else may have set a `COMPLETE`.
pub(crate) const VARIABLE: &str = "PREFECT_SECRETS_COMPLETE";
const PROGRAM: &str = "prefect-secrets";

/// A shell, and where its scripts are found, within a prefix.
pub(crate) const SHELLS: [(&dyn EnvCompleter, &str); 3] = [
    (&Bash, "share/bash-completion/completions/prefect-secrets"),
    (&Zsh, "share/zsh/site-functions/_prefect-secrets"),
    (&Fish, "share/fish/vendor_completions.d/prefect-secrets.fish"),
];

/// The script for one of them. It finds the program as the person who types does, in `PATH`.
pub(crate) fn script(shell: &dyn EnvCompleter) -> std::io::Result<String> {
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    let mut script = String::from_utf8(script).map_err(std::io::Error::other)?;
    if shell.name() == "zsh" {
        // The first press of the key loads it as a function, which is to answer already.
        script += "if [[ ${funcstack[1]} == _prefect-secrets ]]; then\n    \
                   _clap_dynamic_completer_prefect_secrets \"$@\"\nfi\n";
    }
    Ok(script)
}
