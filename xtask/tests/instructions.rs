//! The gate of instruction counts can fail. Needs valgrind, so it runs when `PREFECT_SECRETS_INSTRUMENTS`
//! is set: `cargo xtask test --instruments` sets it.

use std::path::Path;
use std::process::Command;

use prefect_secrets_testing::built;

/// What it says of the unoptimised library, and whether that passes.
fn gate(baseline: &Path, more: &[&str]) -> (bool, String) {
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask.args(["bench", "--instructions", "--built"]).arg(&built().folder);
    let output = xtask.arg("--baseline").arg(baseline).args(more).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The file with the line of this path as `change` makes it.
fn planted(file: &Path, path: &str, change: impl Fn(&str) -> String) {
    let text = std::fs::read_to_string(file).unwrap();
    let changed = text.lines().map(|line| match line.starts_with(&format!("{path} =")) {
        true => change(line),
        false => line.to_owned(),
    });
    let changed = changed.collect::<Vec<_>>().join("\n");
    assert_ne!(changed, text.trim_end());
    std::fs::write(file, changed).unwrap();
}

#[test]
fn growth_that_was_planted_fails() {
    if std::env::var_os("PREFECT_SECRETS_INSTRUMENTS").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("instructions.toml");

    let (passed, said) = gate(&file, &[]);
    assert!(!passed && said.contains("No such file") && said.contains("--accept"), "{said}");
    let (passed, said) = gate(&file, &["--accept"]);
    assert!(passed, "{said}");

    planted(&file, "get_env", |_| "get_env = { instructions = 10.0, calls = 1.00 }".into());
    planted(&file, "get_toml", |line| line.replace("get_toml", "get_tom"));
    planted(&file, "exists", |line| line.replace("instructions = ", "instructions = 9"));
    let (passed, said) = gate(&file, &[]);
    assert!(!passed);
    for part in [
        "instructions, and took 10.0",
        "calls to other libraries, and took 1.0",
        "get_tom is in the baseline, but is not counted",
        "get_toml is counted, but is not in the baseline",
        "less: exists takes",
        "cargo xtask bench --instructions --accept",
        // Where they are.
        "prefect_secrets_chain_get",
    ] {
        assert!(said.contains(part), "no {part:?} in:\n{said}");
    }
    // Nothing else: another run counts the same.
    assert_eq!(said.matches(", and took ").count(), 3, "{said}");
}
