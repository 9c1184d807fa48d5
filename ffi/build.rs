//! How the shared library is linked.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// One copy of functions that came out the same; nothing here compares addresses of functions.
const FOLD: &str = "-Wl,--icf=all";

fn main() {
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    for argument in [
        // Programs ask for this name: a new major is another library.
        format!("-Wl,-soname,libprefect_secrets.so.{major}"),
        // Never unloaded: an atfork handler and thread-local destructors point into it.
        "-Wl,-z,nodelete".to_owned(),
        // What the dynamic linker fills in is read-only before the program starts.
        "-Wl,-z,relro".to_owned(),
        "-Wl,-z,now".to_owned(),
    ] {
        println!("cargo:rustc-cdylib-link-arg={argument}");
    }
    if linker_takes(FOLD) {
        println!("cargo:rustc-cdylib-link-arg={FOLD}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}

/// Whether the linker that will be used knows an argument: LLD, which is the default on x86-64, folds,
/// and GNU ld does not. The library works either way.
fn linker_takes(argument: &str) -> bool {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let source = folder.join("empty.rs");
    if fs::write(&source, "").is_err() {
        return false;
    }
    let mut rustc = Command::new(env::var_os("RUSTC").expect("cargo sets it"));
    rustc.args(["--crate-type", "cdylib", "--target"]);
    rustc.arg(env::var_os("TARGET").expect("cargo sets it"));
    rustc.arg(format!("-Clink-arg={argument}"));
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={}", linker.to_string_lossy()));
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    rustc.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    rustc.arg("-o").arg(folder.join("empty.so")).arg(source);
    rustc.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
