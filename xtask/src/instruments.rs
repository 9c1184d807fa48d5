//! `cargo xtask test --instruments`: the tests of the boundary under valgrind and AddressSanitizer,
//! in a browser, in shells that not everybody has, and what Docker's own program reads.

use std::process::Command;

use prefect_secrets_testing::workspace;

use crate::stage::{Stages, cargo, finish};
use crate::test::strict;
use crate::{Outcome, debian, python};

const TARGET: &str = if cfg!(target_arch = "aarch64") {
    "aarch64-unknown-linux-gnu"
} else {
    "x86_64-unknown-linux-gnu"
};

pub(crate) fn run(full: bool) -> Outcome {
    let mut stages = Stages::default();
    let outcome = stages
        .run("Debian packages", || {
            let programs = ["valgrind", "chromium", "chromedriver"];
            debian::require(&programs, &["valgrind", "chromium", "chromium-driver"])?;
            // What it recommends is ten times its size.
            debian::require(&["clang++"], &["--no-install-recommends", "clang"])?;
            let shells = ["--no-install-recommends", "zsh", "fish", "groff-base"];
            debian::require(&["zsh", "fish", "groff"], &shells)?;
            debian::require(&["docker"], &["--no-install-recommends", "docker.io"])
        })
        .and_then(|()| {
            stages.run("set up Prefect 3 and a browser's driver", || {
                python::prefect3().and_then(|_| python::browser()).map(drop)
            })
        })
        .and_then(|()| {
            stages.run("valgrind: the C interface", || {
                let mut test =
                    cargo(&["test", "--package", "prefect-secrets-ffi", "--test", "instruments"]);
                finish(strict(&mut test, full).env("PREFECT_SECRETS_INSTRUMENTS", "1"))
            })
        })
        .and_then(|()| {
            stages.run("valgrind: the C++ header and its example", || {
                let tests = ["--test", "cpp", "--test", "secrets", "--", "nothing_is_lost"];
                let mut test = cargo(&["test", "--package", "prefect-secrets-ffi"]);
                finish(strict(test.args(tests), full).env("PREFECT_SECRETS_INSTRUMENTS", "1"))
            })
        })
        .and_then(|()| {
            stages.run("valgrind: the gate of instruction counts", || {
                let test = ["test", "--package", "xtask", "--test", "instructions"];
                let mut test = cargo(&test);
                finish(strict(&mut test, full).env("PREFECT_SECRETS_INSTRUMENTS", "1"))
            })
        })
        .and_then(|()| {
            stages.run("zsh and fish: what they complete", || {
                let test = ["test", "--package", "prefect-secrets-cli", "--test", "completion"];
                let mut test = cargo(&test);
                test.args(["--", "zsh", "fish"]);
                finish(strict(&mut test, full).env("PREFECT_SECRETS_INSTRUMENTS", "1"))
            })
        })
        .and_then(|()| {
            stages.run("groff: the manual pages", || {
                let test = ["test", "--package", "prefect-secrets-packaging", "--test", "manual"];
                let mut test = cargo(&test);
                test.args(["--", "groff"]);
                finish(strict(&mut test, full).env("PREFECT_SECRETS_INSTRUMENTS", "1"))
            })
        })
        .and_then(|()| {
            stages.run("clang: the C++ header", || {
                let tests = ["--test", "cpp", "--", "every_standard", "every_compiler"];
                let mut test = cargo(&["test", "--package", "prefect-secrets-ffi"]);
                finish(strict(test.args(tests), full))
            })
        })
        .and_then(|()| {
            stages.run("a browser: the web page of a Prefect 3 server", || {
                let test = ["test", "--package", "prefect-secrets-ffi", "--test", "prefect3"];
                let mut test = cargo(&test);
                test.args(["--", "web_page"]);
                finish(strict(&mut test, full).env("PREFECT_SECRETS_INSTRUMENTS", "1"))
            })
        })
        .and_then(|()| {
            stages.run("Docker: what is exported for it", || {
                let test = ["test", "--package", "prefect-secrets-cli", "--test", "formats"];
                let mut test = cargo(&test);
                test.args(["--", "docker_itself"]);
                finish(strict(&mut test, full).env("PREFECT_SECRETS_INSTRUMENTS", "1"))
            })
        })
        .and_then(|()| {
            stages.run("AddressSanitizer: the C interface", || {
                // Not the forks: a child of many threads hangs on a lock in the sanitizer's own
                // allocator (GCC 12, seen in a debugger). Without the sanitizer they are tested.
                let tests = ["--test", "api", "--test", "resolve", "--test", "sanitizer"];
                let tests = [&tests[..], &["--", "--skip", "fork"]].concat();
                finish(sanitized("prefect-secrets-ffi", &tests, full).env("RUST_TEST_THREADS", "2"))
            })
        })
        .and_then(|()| {
            stages.run("AddressSanitizer: the C++ header", || {
                // What only compiles is compiled without it.
                let tests = ["--test", "cpp", "--", "everything", "deadlines", "two_parts"];
                finish(&mut sanitized("prefect-secrets-ffi", &tests, full))
            })
        })
        .and_then(|()| {
            stages.run("AddressSanitizer: the provider ABI", || {
                // What is abandoned at a deadline is leaked on purpose.
                let quiet = ("ASAN_OPTIONS", "detect_leaks=0");
                let tests = ["--test", "abi", "--test", "vtable_headers"];
                finish(sanitized("prefect-secrets-core", &tests, full).env(quiet.0, quiet.1))
            })
        });
    stages.report();
    outcome
}

/// `cargo test` of one package with the Rust side instrumented, in a target folder of its own. C
/// programs are compiled to match. The compiler's switch is one that stable hides; what it builds
/// is only run here.
fn sanitized(package: &str, tests: &[&str], full: bool) -> Command {
    let mut command = cargo(&["test", "--package", package]);
    strict(command.args(tests), full)
        .env("CARGO_TARGET_DIR", workspace().join("target/asan"))
        // A target makes cargo leave build scripts and macros as they are.
        .env("CARGO_BUILD_TARGET", TARGET)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env("PREFECT_SECRETS_SANITIZE", "address");
    command
}
