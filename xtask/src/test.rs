//! `cargo xtask test`: every test.

use crate::stage::{Stages, cargo, finish};
use crate::{Outcome, musl, python};

/// Runs every test that needs no Debian package.
pub(crate) fn run(full: bool) -> Outcome {
    let mut stages = Stages::default();
    let outcome = stages
        .run("set up Prefect 3", || python::prefect3().map(drop))
        .and_then(|()| stages.run("set up Go", || python::go().map(drop)))
        .and_then(|()| stages.run("set up CMake and pkg-config", || python::native().map(drop)))
        .and_then(|()| stages.run("build the library for musl", musl::build))
        .and_then(|()| {
            stages
                .run("build the tests", || finish(&mut cargo(&["test", "--workspace", "--no-run"])))
        })
        .and_then(|()| {
            stages.run("build what the tests run", || {
                finish(&mut cargo(&["build", "--workspace", "--lib", "--bins"]))
            })
        })
        .and_then(|()| {
            stages.run("test", || {
                let mut test = cargo(&["test", "--workspace", "--no-fail-fast"]);
                finish(strict(&mut test, full))
            })
        })
        .and_then(|()| {
            stages.run("test without Cloud", || {
                let arguments =
                    ["test", "--package", "prefect-secrets-providers", "--no-default-features"];
                finish(strict(&mut cargo(&arguments), full))
            })
        });
    stages.report();
    outcome
}

/// With these variables a skip is a failure, a million frames are sent, and `full` runs the long versions.
pub(crate) fn strict(
    command: &mut std::process::Command,
    full: bool,
) -> &mut std::process::Command {
    command.env("PREFECT_SECRETS_NO_SKIPS", "1").env("PREFECT_SECRETS_FRAMES", "1000000");
    if full {
        command.env("PREFECT_SECRETS_FULL", "1");
    }
    command
}
