//! Everybody who is measured, set up under `target/`: each pinned, from where it is published.

use std::fs;
use std::path::{Path, PathBuf};

use prefect_secrets_testing::{Built, C, artifact, workspace};

use crate::stage::{cargo, finish};
use crate::{Outcome, python};

pub(super) const SECRETSPEC: &str = "secretspec==0.21.1";
pub(super) const PREFECT1: &str = "prefect==1.4.1";
pub(super) const PYDANTIC: &str = "pydantic-settings==2.16.3";
pub(super) const BITWARDEN: &str = "bitwarden-sdk==2.1.0";
pub(super) const ONEPASSWORD: &str = "onepassword-sdk==0.4.2";

/// What is there, and why the rest is not.
pub(super) struct Installed {
    // The folder of the programs in C.
    _c: C,
    /// The programs in Python.
    pub(super) scripts: PathBuf,
    /// Runs a program from its start to its end.
    pub(super) cold: PathBuf,
    /// `getenv`, without a library.
    pub(super) by_hand: PathBuf,
    pub(super) ours: Ours,
    pub(super) secretspec: Outcome<SecretSpec>,
    // The Pythons of environments.
    pub(super) secretspec_python: Outcome<PathBuf>,
    pub(super) prefect1: Outcome<PathBuf>,
    pub(super) prefect3: Outcome<PathBuf>,
    pub(super) pydantic: Outcome<PathBuf>,
    pub(super) bitwarden: Outcome<PathBuf>,
    pub(super) onepassword: Outcome<PathBuf>,
}

/// Ours, as people link it.
pub(super) struct Ours {
    pub(super) library: PathBuf,
    pub(super) command: PathBuf,
    pub(super) stand_in: PathBuf,
    pub(super) program: PathBuf,
}

/// SecretSpec, built from crates.io.
pub(super) struct SecretSpec {
    pub(super) library: PathBuf,
    pub(super) command: PathBuf,
    pub(super) program: PathBuf,
}

/// Sets everybody up. Fails only if ours cannot be built.
pub(super) fn everybody() -> Outcome<Installed> {
    let c = C::new();
    let ours = ours(&c)?;
    let program = |name: &str| c.bare_program(&source(name), &["-O2"]);
    Ok(Installed {
        scripts: scripts()?,
        cold: program("cold.c"),
        by_hand: program("by_hand.c"),
        ours,
        secretspec: secretspec(&c),
        secretspec_python: from_pypi("secretspec", SECRETSPEC),
        prefect1: from_pypi("prefect1", PREFECT1),
        prefect3: python::prefect3().map(python_of),
        pydantic: from_pypi("pydantic-settings", PYDANTIC),
        bitwarden: from_pypi("bitwarden", BITWARDEN),
        onepassword: from_pypi("onepassword", ONEPASSWORD),
        _c: c,
    })
}

fn ours(c: &C) -> Outcome<Ours> {
    println!("building the library and the command line (the first time takes a few minutes)");
    // One after the other: in one build they would share the features that any of them wants.
    let built = |package: &str, file: &str| {
        let arguments = ["--package", package];
        finish(cargo(&["build", "--quiet", "--release"]).args(arguments))?;
        Ok::<_, String>(artifact(&arguments, true, file))
    };
    let command = built("prefect-secrets-cli", "prefect-secrets")?;
    let stand_in = built("prefect-secrets-stand-in", "prefect-secrets-stand-in")?;
    let library = built("prefect-secrets-ffi", "libprefect_secrets.so")?;
    let folder = library.parent().ok_or("the library is in no folder")?.to_path_buf();
    let program = c.program_with(&source("ours.c"), &["-O2"], &Built { folder });
    Ok(Ours { library, command, stand_in, program })
}

fn secretspec(c: &C) -> Outcome<SecretSpec> {
    let target = workspace().join("target/peers/secretspec");
    let (library, command) =
        (target.join("release/libsecretspec_peer.so"), target.join("release/secretspec"));
    println!("building SecretSpec from crates.io (the first time takes several minutes)");
    let mut build = prefect_secrets_testing::cargo();
    build.current_dir(folder().join("secretspec"));
    build.args(["build", "--release", "--locked", "--quiet", "--target-dir"]).arg(&target);
    finish(&mut build)?;
    let library_argument = library.display().to_string();
    let program = c.bare_program(&source("by_secretspec.c"), &["-O2", &library_argument]);
    Ok(SecretSpec { library, command, program })
}

fn from_pypi(name: &str, package: &str) -> Outcome<PathBuf> {
    let constraints = folder().join("constraints.txt");
    python::environment(&format!("peer-{name}"), &[package], Some(&constraints)).map(python_of)
}

fn python_of(environment: PathBuf) -> PathBuf {
    environment.join("bin/python")
}

/// The programs in Python, where Python may keep what it compiled.
fn scripts() -> Outcome<PathBuf> {
    let to = workspace().join("target/peers/python");
    let copy = || {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(folder())?.flatten() {
            if entry.path().extension().is_some_and(|ending| ending == "py") {
                fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
        }
        Ok(())
    };
    copy().map_err(|error: std::io::Error| format!("{}: {error}", to.display()))?;
    Ok(to)
}

fn folder() -> PathBuf {
    workspace().join("benches/peers")
}

fn source(name: &str) -> PathBuf {
    folder().join(name)
}

/// The file of `ending` that is the largest below the environment of `python`.
pub(super) fn largest(python: &Path, ending: &str) -> Option<PathBuf> {
    let mut largest = None;
    files(&packages(python)?, &mut |path, size| {
        let longer = largest.as_ref().is_none_or(|(_, most)| size > *most);
        if longer && path.extension().is_some_and(|found| found == ending) {
            largest = Some((path.to_path_buf(), size));
        }
    });
    largest.map(|(path, _)| path)
}

/// The bytes of all that was installed for `python`, but for what installed it.
pub(super) fn installed_bytes(python: &Path) -> Option<u64> {
    let mut bytes = 0;
    files(&packages(python)?, &mut |_, size| bytes += size);
    Some(bytes)
}

fn packages(python: &Path) -> Option<PathBuf> {
    let lib = python.parent()?.parent()?.join("lib");
    let version = fs::read_dir(lib).ok()?.flatten().next()?;
    Some(version.path().join("site-packages"))
}

fn files(folder: &Path, tell: &mut impl FnMut(&Path, u64)) {
    const INSTALLERS: [&str; 4] = ["pip", "setuptools", "pkg_resources", "_distutils_hack"];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let stem = name.split('-').next().unwrap_or_default();
        match entry.metadata() {
            Ok(about) if about.is_dir() && !INSTALLERS.contains(&stem) => {
                files(&entry.path(), tell);
            }
            Ok(about) if about.is_file() => tell(&entry.path(), about.len()),
            _ => {}
        }
    }
}
