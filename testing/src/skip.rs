//! Tests that cannot run here.

use std::io::Write;
use std::path::PathBuf;

/// Set by `cargo xtask test`: what would be skipped fails instead.
const NO_SKIPS: &str = "PREFECT_SECRETS_NO_SKIPS";

/// Says that the calling test cannot run here, and why. The caller returns right after.
///
/// # Panics
/// Under `cargo xtask test`, which promises that every test runs.
pub fn skip(why: &str) {
    assert!(std::env::var_os(NO_SKIPS).is_none(), "this test may not be skipped: {why}");
    // Straight to the descriptor: the test harness hides what `print!` writes in a passing test.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// The program `name` on the `PATH`; if it is not there, the calling test is [`skip`]ped.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    if found.is_none() {
        skip(&format!("there is no `{name}` on the PATH"));
    }
    found
}
