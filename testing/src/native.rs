//! CMake, ninja and pkg-config, from PyPI or from the machine; and Zig, for other C libraries.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::built::workspace;
use crate::skip::{find, skip};

/// The packages that `cargo xtask test` sets up.
pub const PACKAGES: [&str; 3] = ["cmake==4.4.5", "ninja==1.13.2", "pkgconf==3.0.7.post0"];
/// What the environment with them is called.
pub const ENVIRONMENT: &str = "native";

/// The program `cmake`. If there is none the calling test is skipped, as by all functions here.
pub fn cmake() -> Option<PathBuf> {
    program("cmake").or_else(|| find("cmake"))
}

/// The program `pkg-config`, or the one that takes its place.
pub fn pkg_config() -> Option<PathBuf> {
    program("pkgconf").or_else(|| find("pkg-config"))
}

/// The program `ninja`, which CMake builds with.
pub fn ninja() -> Option<PathBuf> {
    program("ninja").or_else(|| find("ninja"))
}

/// The package that Zig comes in: it has musl, and the symbols of every glibc.
pub const ZIG_PACKAGE: &str = "ziglang==0.17.1";

/// The program `zig`, if `cargo xtask test` or `dist` has set it up.
pub fn zig() -> Option<PathBuf> {
    let python = workspace().join("target/python/zig/lib");
    let versions = std::fs::read_dir(python).into_iter().flatten().flatten();
    let found = versions
        .map(|version| version.path().join("site-packages/ziglang/zig"))
        .find(|zig| zig.is_file());
    if found.is_none() {
        skip("there is no Zig; `cargo xtask test` sets it up");
    }
    found
}

/// What Rust calls this machine with musl.
pub fn musl_target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

/// The static library for musl, where `cargo xtask test` builds it.
pub fn musl_library() -> PathBuf {
    let target = workspace().join("target/musl");
    target.join(musl_target()).join("debug/libprefect_secrets.a")
}

/// A compiler of C for musl.
pub fn musl_compiler(zig: &Path) -> Command {
    let mut command = Command::new(zig);
    command.args(["cc", "-target", &format!("{}-linux-musl", std::env::consts::ARCH)]);
    for variable in ["ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"] {
        command.env(variable, workspace().join("target/zig"));
    }
    command
}

fn program(name: &str) -> Option<PathBuf> {
    let path = workspace().join("target/python").join(ENVIRONMENT).join("bin").join(name);
    path.is_file().then_some(path)
}
