//! The kit, as its users run it.

use std::path::Path;

use prefect_secrets_testing::{Home, built};

/// What `plugin check --json` says of a plugin.
pub(crate) fn kit(plugin: &Path, settings: &Path, more: &[&str]) -> serde_json::Value {
    let home = Home::new();
    let mut command = home.command(built().cli());
    command.args(["plugin", "check", "--json", "--settings"]).arg(settings).args(more).arg(plugin);
    let output = command.output().expect("the program runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout);
    report.unwrap_or_else(|error| panic!("{error}: {stderr}"))
}
