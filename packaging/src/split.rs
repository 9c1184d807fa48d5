//! Parting a file from what only a debugger reads.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::{Outcome, about};

/// Makes of the library or program `from` the file `to` without symbols, and the file `debug` with
/// what was taken out; `to` names it, and both have the same build id. The code is not touched.
pub fn split(from: &Path, to: &Path, debug: &Path) -> Outcome {
    binutils(Command::new("objcopy").arg("--only-keep-debug").arg(from).arg(debug))?;
    std::fs::set_permissions(debug, Permissions::from_mode(0o644)).map_err(about(debug))?;
    let mut link = std::ffi::OsString::from("--add-gnu-debuglink=");
    link.push(debug);
    binutils(Command::new("objcopy").arg("--strip-all").arg(link).arg(from).arg(to))
}

/// Makes of the archive `from` the archive `to` without what a debugger reads; its symbols stay, since
/// they are what is linked.
pub fn strip_archive(from: &Path, to: &Path) -> Outcome {
    let arguments = ["--strip-debug", "--enable-deterministic-archives"];
    binutils(Command::new("objcopy").args(arguments).arg(from).arg(to))
}

fn binutils(command: &mut Command) -> Outcome {
    let output = command.output().map_err(|error| format!("objcopy: {error}; install binutils"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("objcopy failed: {}", String::from_utf8_lossy(&output.stderr)))
}
