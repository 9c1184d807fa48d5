//! Which secrets the configuration holds, and where each was set.

use prefect_secrets_providers::local::Snapshot;

use super::written::Written;

/// The variables that set secrets.
const VARIABLES: [&str; 2] = ["PREFECT__CONTEXT__SECRETS__", "PREFECT__context__secrets__"];

/// A secret of the configuration, without its value.
pub(super) struct Held {
    pub(super) name: String,
    /// Who answers it: `env` or `toml`.
    pub(super) provider: &'static str,
    /// The variable or the file that set it.
    pub(super) place: String,
}

/// All of them, in the order of their names.
pub(super) fn held(snapshot: &Snapshot, written: &mut Written) -> Vec<Held> {
    let mut held = Vec::new();
    for name in snapshot.names_in_env() {
        let place = variable(&name).map(|variable| format!("environment variable {variable}"));
        let place = place.unwrap_or_else(|| "environment".into());
        held.push(Held { name, provider: "env", place });
    }
    for name in snapshot.names_in_toml() {
        // A later file is merged over an earlier one.
        let file = snapshot.files().iter().map(|(file, _)| file).rev().find(|file| {
            let document = written.document(file);
            document.is_some_and(|said| said.section(&["context", "secrets", &name]).is_some())
        });
        let place = file.map_or_else(|| "file".into(), |file| file.display().to_string());
        held.push(Held { name, provider: "toml", place });
    }
    held.sort_by(|one, other| one.name.cmp(&other.name));
    held
}

/// The variable that sets the secret `name`, or the first of those that set parts of it.
fn variable(name: &str) -> Option<String> {
    let is_its = |variable: &str| {
        let secret = VARIABLES.iter().find_map(|prefix| variable.strip_prefix(prefix));
        let rest = secret.and_then(|secret| secret.strip_prefix(name));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
    };
    let names = std::env::vars_os().filter_map(|(variable, _)| variable.into_string().ok());
    names.filter(|variable| is_its(variable)).min()
}
