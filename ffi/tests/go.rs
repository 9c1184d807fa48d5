//! Hosts in Go: the module's own tests, which ask real places, and run the examples.

use std::io::Write;
use std::process::{Command, Output};

use prefect_secrets_testing::{built, go, workspace};

fn run(command: &mut Command) -> (Output, String) {
    let output = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned();
    (output, said)
}

/// Runs a command of `go` in the module; the tests in it find the programs of the workspace.
fn passes(host: &go::Host, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = host.command(&workspace().join("bindings/go"));
    command.args(arguments).envs(environment.iter().copied());
    command.env("PREFECT_SECRETS_STAND_IN", built().stand_in());
    let (output, said) = run(&mut command);
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

#[test]
fn the_module_passes_its_tests() {
    let Some(host) = go::Host::find() else { return };
    passes(&host, &["vet", "./..."], &[]);
    for example in ["examples/go_service", "examples/go_worker", "benches/go"] {
        let (output, said) = run(host.command(&workspace().join(example)).args(["vet", "."]));
        assert!(output.status.success(), "{said}");
    }
    passes(&host, &["test", "-count=1", "-timeout=300s", "."], &[("GODEBUG", "cgocheck=1")]);
}

#[test]
fn the_detector_of_races_is_silent() {
    let Some(host) = go::Host::find() else { return };
    passes(&host, &["test", "-race", "-short", "-count=1", "-timeout=300s", "."], &[]);
}

#[test]
fn no_pointer_of_gos_is_kept_in_c() {
    let Some(host) = go::Host::find() else { return };
    let strict = [("GOEXPERIMENT", "cgocheck2")];
    passes(&host, &["test", "-short", "-count=1", "-timeout=300s", "."], &strict);
}

#[test]
fn what_a_get_costs_is_told_against_an_empty_call() {
    let Some(host) = go::Host::find() else { return };
    let arguments = ["test", "-run=^$", "-bench=GetInto", "-benchtime=50ms", "."];
    let said = passes(&host, &arguments, &[]);
    let told: Vec<&str> = said.lines().filter(|line| line.contains("ratio")).collect();
    assert_eq!(told.len(), 3, "{said}");
    // Straight to the descriptor: the test harness hides what `print!` writes.
    let library = if cfg!(debug_assertions) { "the unoptimised library" } else { "the library" };
    let _ = writeln!(std::io::stderr(), "with {library}:\n{}", told.join("\n"));
}

#[test]
fn without_cgo_the_compiler_says_why_it_cannot_be() {
    let Some(host) = go::Host::find() else { return };
    let mut command = host.command(&workspace().join("bindings/go"));
    let (output, said) = run(command.args(["build", "."]).env("CGO_ENABLED", "0"));
    assert!(!output.status.success());
    assert!(said.contains("needs_cgo__build_it_with_CGO_ENABLED_1"), "{said}");
    assert_eq!(said.lines().count(), 2, "the package, and one error: {said}");
}

#[test]
fn the_sources_are_formatted() {
    let Some(host) = go::Host::find() else { return };
    let mut gofmt = Command::new(host.gofmt());
    gofmt.arg("-l");
    let examples = ["examples/go_service", "examples/go_worker", "examples/plugin_go"];
    for folder in ["bindings/go", "benches/go"].into_iter().chain(examples) {
        gofmt.arg(workspace().join(folder));
    }
    let (output, said) = run(&mut gofmt);
    assert!(output.status.success() && said.is_empty(), "{said}");
}
