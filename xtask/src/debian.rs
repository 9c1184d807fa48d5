//! Programs from Debian packages.

use std::process::Command;

use crate::Outcome;
use crate::stage::finish;

/// Sees to it that `programs` are there, from `packages`: installs them when it may, else says
/// which line does.
pub(crate) fn require(programs: &[&str], packages: &[&str]) -> Outcome {
    let there = |program: &&str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    if programs.iter().all(there) {
        return Ok(());
    }
    let line = format!("apt-get install -y {}", packages.join(" "));
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !root {
        return Err(format!("missing: {}. Install with: sudo {line}", programs.join(", ")));
    }
    println!("   {line}");
    let quiet =
        |command: &mut Command| finish(command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq"));
    quiet(Command::new("apt-get").arg("update"))?;
    quiet(Command::new("apt-get").args(["install", "-y"]).args(packages))?;
    match programs.iter().find(|program| !there(program)) {
        None => Ok(()),
        Some(missing) => Err(format!("{line} did not bring {missing}")),
    }
}
