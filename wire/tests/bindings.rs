//! The libraries for Go and Python, with their own tests.

use std::process::Command;

use prefect_secrets_testing::{find, go, workspace};

fn succeeds(command: &mut Command) {
    let output = command.output().expect("it starts");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said));
}

#[test]
fn the_library_for_go() {
    let Some(go) = go::find() else { return };
    let folder = workspace().join("bindings/go");
    // The module's root is for hosts, and tested with the library that it calls.
    succeeds(go::command(&go, &folder).args(["vet", "./provider", "./internal/..."]));
    succeeds(go::command(&go, &folder).args(["test", "-short", "./provider"]));
}

#[test]
fn the_library_for_python() {
    let Some(python) = find("python3") else { return };
    let folder = workspace().join("bindings/python");
    let mut tests = Command::new(python);
    tests.args(["-W", "error", "-B", "-m", "unittest", "discover", "-s", "tests"]);
    succeeds(tests.current_dir(folder).env("FRAMES", "4000"));
}
