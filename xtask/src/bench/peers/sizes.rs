//! What a program has to bring along.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_testing::Home;

use super::results::{Beside, Row, Table};
use super::set_up::{Installed, installed_bytes, largest};
use crate::Outcome;
use crate::bench::spread::Spread;
use crate::bench::unit::Unit;

/// The sizes of everybody.
pub(super) fn table(installed: &Installed) -> Table {
    let ours = stripped(&installed.ours.library);
    let shared = |python: &Outcome<PathBuf>| {
        let python = python.as_ref().map_err(Clone::clone)?;
        stripped(&largest(python, "so").ok_or("it has no shared object")?)
    };
    let packages = |python: &Outcome<PathBuf>| {
        let python = python.as_ref().map_err(Clone::clone)?;
        installed_bytes(python).map(|bytes| bytes as f64).ok_or_else(|| "no packages".to_owned())
    };
    let built = installed.secretspec.as_ref().map_err(Clone::clone);
    let theirs = [
        (
            "SecretSpec, the shared object of its Python package",
            shared(&installed.secretspec_python),
        ),
        (
            "SecretSpec (C), as built here: of its providers over a network Vault alone",
            built.and_then(|built| stripped(&built.library)),
        ),
        ("Bitwarden SDK, the shared object of its Python package", shared(&installed.bitwarden)),
        ("1Password SDK, the shared object of its Python package", shared(&installed.onepassword)),
        ("Prefect 1 (Python), with what it needs, not stripped", packages(&installed.prefect1)),
        ("Prefect 3 (Python), with what it needs, not stripped", packages(&installed.prefect3)),
        (
            "pydantic-settings (Python), with what it needs, not stripped",
            packages(&installed.pydantic),
        ),
    ];
    let row = |(who, theirs): (&str, Outcome<f64>)| {
        let times = |ours: f64| theirs.as_ref().ok().map(|theirs| Spread::exactly(theirs / ours));
        let beside = |ours| Beside { ours: Spread::exactly(ours), times: times(ours) };
        Row {
            names: None,
            who: who.to_owned(),
            ours: vec![ours.clone().map(beside)],
            theirs: theirs.clone().map(Spread::exactly),
        }
    };
    Table {
        key: "size".into(),
        title: "How large is it?".into(),
        method:
            "A shared object is stripped first, with `strip`. A Python package is all that its \
                 environment got for it."
                .into(),
        unit: Unit::Bytes,
        ways: vec!["our library".into()],
        rows: theirs.into_iter().map(row).collect(),
    }
}

/// The bytes of a shared object without its symbols.
fn stripped(library: &Path) -> Outcome<f64> {
    let scratch = Home::new();
    let smaller = scratch.path().join("stripped");
    let output = Command::new("strip").arg("-o").arg(&smaller).arg(library).output();
    let output = output.map_err(|error| format!("strip: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let about = fs::metadata(smaller).map_err(|error| error.to_string())?;
    Ok(about.len() as f64)
}
