//! Tools from PyPI, each set in an environment of its own under `target/`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use prefect_secrets_testing::workspace;

use crate::stage::finish;

/// A virtual environment called `name` that holds exactly these pinned `packages`. Made once;
/// made anew when the list changes.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let folder = workspace().join("target/python").join(name);
    let wanted = packages.join("\n");
    let stamp = folder.join("packages.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    println!("   installing {} from PyPI into target/python/{name}", packages.join(", "));
    let _ = fs::remove_dir_all(&folder);
    finish(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        .map_err(|why| format!("{why}; install Python 3 with its venv module"))?;
    let mut pip = Command::new(folder.join("bin/python"));
    finish(pip.args(["-m", "pip", "install", "--quiet", "--no-input"]).args(packages))?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(folder)
}
