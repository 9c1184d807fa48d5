//! AddressSanitizer is on where `cargo xtask test --instruments` says so, on both sides of the
//! boundary. Without `PREFECT_SECRETS_SANITIZE` there is nothing to see, and the tests return.

mod support;

use std::process::Command;

use prefect_secrets_testing::{Home, built};
use support::{env_secret, program};

#[test]
fn the_library_is_instrumented() {
    if std::env::var_os("PREFECT_SECRETS_SANITIZE").is_none() {
        return;
    }
    let mut nm = Command::new("nm");
    let output =
        nm.args(["-D", "--undefined-only"]).arg(built().shared_library()).output().unwrap();
    let symbols = String::from_utf8_lossy(&output.stdout).into_owned();
    // What the compiler puts in front of each access of the library's own code.
    assert!(symbols.contains("__asan_report_store"), "the library was built without it");
}

#[test]
fn a_write_past_the_end_is_seen() {
    if std::env::var_os("PREFECT_SECRETS_SANITIZE").is_none() {
        return;
    }
    let (home, overrun) = (Home::new(), program("overrun"));
    let mut command = home.command(overrun.path());
    let output = env_secret(&mut command, "LONG", "longer than four bytes").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("heap-buffer-overflow"), "{said}");
}
