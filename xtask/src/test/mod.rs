//! `cargo xtask test`: every test.

mod beside;
mod binaries;

use std::process::Command;

use beside::{Job, beside_each_other, one_by_one};
use binaries::{Binary, build};

use crate::stage::{Stages, cargo, finish};
use crate::{Outcome, musl, python};

/// What runs beside each other, the longest first: programs that mostly build, or wait for servers and
/// processes to start, and whose deadlines are of seconds. All others run by themselves: they have
/// deadlines of tens of milliseconds, race threads against each other, or count what is left over.
const BESIDE: [&str; 11] = [
    "ffi/tests/go.rs",
    "providers/tests/minors.rs",
    "packaging/tests/static_program.rs",
    "xtask/tests/guide.rs",
    "packaging/tests/go.rs",
    "wire/tests/bindings.rs",
    "xtask/tests/demo.rs",
    "packaging/tests/pkg_config.rs",
    "packaging/tests/artefact.rs",
    "xtask/tests/readme.rs",
    "packaging/tests/cmake.rs",
];
/// The same tests of the same package, in a build without the Cloud.
const WITHOUT_CLOUD: [&str; 3] =
    ["--package", "prefect-secrets-providers", "--no-default-features"];

/// Runs every test that needs no Debian package.
pub(crate) fn run(full: bool) -> Outcome {
    let mut stages = Stages::default();
    let mut binaries = Vec::new();
    let outcome = stages
        .run("set up Prefect 3", || python::prefect3().map(drop))
        .and_then(|()| stages.run("set up Go", || python::go().map(drop)))
        .and_then(|()| stages.run("set up CMake and pkg-config", || python::native().map(drop)))
        .and_then(|()| stages.run("set up what reads exports", python::readers))
        .and_then(|()| stages.run("build the library for musl", musl::build))
        .and_then(|()| {
            stages.run("build the tests without Cloud", || {
                binaries = build(&WITHOUT_CLOUD, " (without Cloud)")?;
                Ok(())
            })
        })
        .and_then(|()| {
            stages.run("build the tests", || {
                binaries.extend(build(&["--workspace"], "")?);
                Ok(())
            })
        })
        .and_then(|()| {
            stages.run("build what the tests run", || {
                finish(&mut cargo(&["build", "--workspace", "--lib", "--bins"]))
            })
        })
        .and_then(|()| test(&mut stages, &binaries, full));
    stages.report();
    outcome
}

/// Runs all of them whatever fails.
fn test(stages: &mut Stages, binaries: &[Binary], full: bool) -> Outcome {
    let (beside, alone) = parted(binaries)?;
    let job = |binary: &Binary| {
        let mut command = binary.command();
        strict(&mut command, full);
        Job { name: binary.name(), package: binary.package.clone(), command }
    };
    let failed = |names: Vec<String>| match names.is_empty() {
        true => Ok(()),
        false => Err(format!("failed: {}", names.join(", "))),
    };
    let outcomes = [
        stages.run("test: those that run by themselves", || {
            failed(one_by_one(alone.into_iter().map(job).collect()))
        }),
        stages.run("test: those that run beside each other", || {
            failed(beside_each_other(beside.into_iter().map(job).collect()))
        }),
        stages.run("test: what the documentation shows", || {
            let mut doc = cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]);
            let mut without_cloud = cargo(&["test", "--doc"]);
            finish(strict(&mut doc, full))?;
            finish(strict(without_cloud.args(WITHOUT_CLOUD), full))
        }),
    ];
    let faults: Vec<String> = outcomes.into_iter().filter_map(Result::err).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// Those that run beside each other, in the order of the list, and the others.
fn parted(binaries: &[Binary]) -> Outcome<(Vec<&Binary>, Vec<&Binary>)> {
    let place = |binary: &Binary| BESIDE.iter().position(|source| *source == binary.source);
    // A name that is misspelt would only make it slower, which nobody would see.
    if let Some(unknown) = BESIDE.iter().find(|s| binaries.iter().all(|b| b.source != **s)) {
        return Err(format!("there is no {unknown}, which is to run beside others"));
    }
    let (mut beside, alone): (Vec<_>, Vec<_>) =
        binaries.iter().partition(|binary| place(binary).is_some());
    beside.sort_by_key(|binary| place(binary));
    Ok((beside, alone))
}

/// With these variables a skip is a failure, a million frames are sent, and `full` runs the long versions.
pub(crate) fn strict(command: &mut Command, full: bool) -> &mut Command {
    command.env("PREFECT_SECRETS_NO_SKIPS", "1").env("PREFECT_SECRETS_FRAMES", "1000000");
    if full {
        command.env("PREFECT_SECRETS_FULL", "1");
    }
    command
}
