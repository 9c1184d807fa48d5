//! CMake, ninja and pkg-config, from PyPI or from the machine.

use std::path::PathBuf;

use crate::built::workspace;
use crate::skip::find;

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

fn program(name: &str) -> Option<PathBuf> {
    let path = workspace().join("target/python").join(ENVIRONMENT).join("bin").join(name);
    path.is_file().then_some(path)
}
