//! What the shared library shows to the linker.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use prefect_secrets_testing::{built, workspace};

fn said_by(program: &str, arguments: &[&str]) -> String {
    let library = built().shared_library();
    let output = Command::new(program).args(arguments).arg(library).output().expect("binutils");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_symbols_exported_are_the_functions_declared() {
    let header = fs::read_to_string(workspace().join("include/prefect_secrets.h")).unwrap();
    let declared: BTreeSet<&str> = header
        .split("PREFECT_SECRETS_API ")
        .skip(1)
        .filter_map(|rest| rest.split_once('('))
        .filter_map(|(head, _)| head.split([' ', '*', '\n']).rfind(|word| !word.is_empty()))
        .filter(|name| name.starts_with("prefect_secrets_"))
        .collect();
    assert!(declared.len() > 30, "{declared:?}");
    let listed = said_by("nm", &["-D", "--defined-only"]);
    let exported: BTreeSet<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(exported, declared);
}

#[test]
fn the_library_is_named_for_its_major_and_never_unloaded() {
    let dynamic = said_by("readelf", &["-d"]);
    let soname = format!("[libprefect_secrets.so.{}]", env!("CARGO_PKG_VERSION_MAJOR"));
    assert!(dynamic.contains(&soname), "{dynamic}");
    assert!(dynamic.contains("NODELETE") && dynamic.contains("BIND_NOW"), "{dynamic}");
    assert!(said_by("readelf", &["-lW"]).contains("GNU_RELRO"));
}
