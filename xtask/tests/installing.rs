//! The README's commands for who installs the library are run, in a home of their own; the build is
//! the unoptimised one, which the tests have made already.

use std::path::PathBuf;

use prefect_secrets_testing::{Home, find, workspace};

/// The commands under "In C", without those that only show something.
fn commands() -> String {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## In C\n").expect("the heading");
    let (_, block) = section.split_once("```sh\n").expect("its commands");
    let (block, _) = block.split_once("```").expect("their end");
    assert!(block.contains("cargo xtask install --prefix"), "{block}");
    let block = block.replace("xtask install", "xtask install --debug");
    // Where the project is checked out nothing is left behind.
    block.replace("-o resolve", "-o ~/resolve").replace("./resolve", "~/resolve")
}

#[test]
fn the_readmes_commands_install_the_library_and_use_it() {
    let (Some(bash), home) = (find("bash"), Home::new()) else { return };
    if prefect_secrets_testing::native::pkg_config().is_none() {
        return;
    }
    let folder = workspace().join("target/python/native/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path)));
    let of_the_user = |name: &str, folder: &str| {
        let usual = std::env::home_dir().map(|home| home.join(folder));
        std::env::var_os(name).map(PathBuf::from).or(usual).unwrap_or_default()
    };
    let run = |script: &str| {
        let mut command = home.command(&bash);
        command
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(workspace())
            .env("PATH", path.as_ref().expect("a path"))
            .env("CARGO_HOME", of_the_user("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", of_the_user("RUSTUP_HOME", ".rustup"))
            .env("CARGO_NET_OFFLINE", "true")
            .env("PREFECT__CONTEXT__SECRETS__DB_PASSWORD", "hunter2");
        let output = command.output().expect("bash runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        said
    };
    let said = run(&commands());
    assert!(said.contains("DB_PASSWORD") && said.contains("env") && said.contains('7'), "{said}");
    assert!(!said.contains("hunter2"));
    run("cargo xtask uninstall --prefix ~/.local");
    assert!(!home.path().join(".local").exists(), "nothing is left");
}
