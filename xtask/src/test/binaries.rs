//! The programs that hold the tests, as cargo builds them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use prefect_secrets_testing::workspace;
use serde::Deserialize;

use crate::Outcome;
use crate::stage::cargo;

/// A program that holds tests.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Binary {
    /// Its source, seen from the workspace: `ffi/tests/go.rs`.
    pub(crate) source: String,
    /// What was special when it was built; mostly nothing.
    pub(crate) variant: &'static str,
    /// The folder of its package, in which cargo runs it.
    pub(crate) package: PathBuf,
    program: PathBuf,
}

impl Binary {
    /// For a person.
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.source, self.variant)
    }

    /// Runs it as `cargo test` does.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.package).env("CARGO_MANIFEST_DIR", &self.package);
        command
    }
}

/// Builds what `cargo test` with these arguments would run, doc tests aside.
pub(crate) fn build(arguments: &[&str], variant: &'static str) -> Outcome<Vec<Binary>> {
    let mut build = cargo(&["test", "--no-run", "--message-format=json-render-diagnostics"]);
    let mut child = build
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo cannot be started: {error}"))?;
    let said = BufReader::new(child.stdout.take().ok_or("no pipe to cargo")?);
    let mut binaries = Vec::new();
    for line in said.lines() {
        let line = line.map_err(|error| format!("cargo: {error}"))?;
        binaries.extend(binary(&line, workspace(), variant)?);
    }
    let status = child.wait().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err(format!("cargo test --no-run failed ({status})"));
    }
    // As they come, which is as they were built, is another order each time.
    binaries.sort_by(|a, b| a.source.cmp(&b.source));
    if binaries.is_empty() { Err("cargo built no tests".into()) } else { Ok(binaries) }
}

#[derive(Deserialize)]
struct Artefact {
    manifest_path: PathBuf,
    target: Target,
    profile: Profile,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Message {
    reason: String,
}

/// The program that a line of cargo's tells of, if it does and there are tests in it.
fn binary(line: &str, workspace: &Path, variant: &'static str) -> Outcome<Option<Binary>> {
    let unclear = |error| format!("cargo says what is not understood: {error}: {line}");
    let message: Message = serde_json::from_str(line).map_err(unclear)?;
    if message.reason != "compiler-artifact" {
        return Ok(None);
    }
    let Artefact { manifest_path, target, profile, executable } =
        serde_json::from_str(line).map_err(unclear)?;
    let Some(program) = executable.filter(|_| profile.test) else { return Ok(None) };
    let source = target.src_path.strip_prefix(workspace).unwrap_or(&target.src_path);
    let package = manifest_path.parent().unwrap_or(workspace);
    Ok(Some(Binary {
        source: source.display().to_string(),
        variant,
        package: package.into(),
        program,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Outcome<Option<Binary>> {
        binary(line, Path::new("/w"), "")
    }

    /// What cargo says, shortened.
    fn artefact(test: bool, executable: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///w/core#0.1.0",
            "manifest_path":"/w/core/Cargo.toml","target":{{"kind":["test"],"crate_types":["bin"],
            "name":"abi","src_path":"/w/core/tests/abi.rs"}},
            "profile":{{"opt_level":"0","test":{test}}},"features":[],"filenames":["/t/abi-1"],
            "executable":{executable},"fresh":true}}"#
        )
    }

    #[test]
    fn a_program_with_tests_is_found_and_nothing_else() {
        let found = read(&artefact(true, "\"/t/abi-1\"")).unwrap().unwrap();
        assert_eq!(found.name(), "core/tests/abi.rs");
        assert_eq!(found.package, Path::new("/w/core"));
        assert_eq!(found.program, Path::new("/t/abi-1"));
        // An example is built too, and a library of the tests is no program.
        assert_eq!(read(&artefact(false, "\"/t/example\"")), Ok(None));
        assert_eq!(read(&artefact(true, "null")), Ok(None));
        assert_eq!(read(r#"{"reason":"build-finished","success":true}"#), Ok(None));
        assert!(read("Blocking").unwrap_err().contains("Blocking"));
        assert!(read(r#"{"reason":"compiler-artifact"}"#).is_err());
    }
}
