//! The libraries and plugins of this workspace, as files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the built files are.
pub struct Built {
    /// The folder of the profile: `target/debug` or `target/release`.
    pub folder: PathBuf,
}

impl Built {
    /// The shared library behind `prefect_secrets.h`.
    pub fn shared_library(&self) -> PathBuf {
        self.folder.join("libprefect_secrets.so")
    }

    /// The static library behind `prefect_secrets.h`.
    pub fn static_library(&self) -> PathBuf {
        self.folder.join("libprefect_secrets.a")
    }

    /// The plugin of `examples/plugin_rust`.
    pub fn rust_plugin(&self) -> PathBuf {
        self.folder.join("libdirectory_plugin.so")
    }

    /// The plugin of `examples/plugin_mounted`.
    pub fn mounted_plugin(&self) -> PathBuf {
        self.folder.join("libmounted_plugin.so")
    }

    /// The command line.
    pub fn cli(&self) -> PathBuf {
        self.folder.join("prefect-secrets")
    }

    /// The program that plugins run in.
    pub fn plugin_host(&self) -> PathBuf {
        self.folder.join("prefect-secrets-plugin-host")
    }

    /// The Cloud on loopback.
    pub fn stand_in(&self) -> PathBuf {
        self.folder.join("prefect-secrets-stand-in")
    }
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace holds this crate")
}

/// What the tests run, in the profile of the tests.
pub fn built() -> &'static Built {
    built_as(!cfg!(debug_assertions))
}

/// What the tests run, optimised or not; built once in a process, if it is not there.
///
/// `cargo test` builds no shared library that no test links, so the tests ask for it themselves;
/// where all is built already this takes a fraction of a second.
pub fn built_as(release: bool) -> &'static Built {
    static BUILT: [OnceLock<Built>; 2] = [OnceLock::new(), OnceLock::new()];
    BUILT[usize::from(release)].get_or_init(|| build(release))
}

fn build(release: bool) -> Built {
    let library = artifact(&["--workspace", "--lib", "--bins"], release, "libprefect_secrets.so");
    Built { folder: library.parent().expect("a file has a folder").to_path_buf() }
}

/// The shared library of an example, in the profile of the tests.
pub fn example(package: &str, name: &str) -> PathBuf {
    let arguments = ["--package", package, "--example", name];
    artifact(&arguments, !cfg!(debug_assertions), &format!("lib{name}.so"))
}

/// A program of the workspace, in the profile of the tests; `kind` is `--bin` or `--example`. Builds
/// nothing else.
pub fn program(package: &str, kind: &str, name: &str) -> PathBuf {
    artifact(&["--package", package, kind, name], !cfg!(debug_assertions), name)
}

/// The shared library of one package of the workspace, optimised or not. Builds nothing else: what
/// others want of a dependency would make it another library.
pub fn library(package: &str, file: &str, release: bool) -> PathBuf {
    artifact(&["--package", package, "--lib"], release, file)
}

/// `cargo` in the workspace, called as from a shell.
///
/// Cargo tells a program that it runs which package that is of, in variables, and builds `ring` anew
/// when they are others than the last time, with all that rests on it: the tests of each package would
/// build half of the workspace once more, and so would the command after them.
pub fn cargo() -> Command {
    let mut command = Command::new(env!("CARGO"));
    let of_a_package = ["CARGO_MANIFEST_", "CARGO_PKG_", "OUT_DIR"];
    for name in std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
        if of_a_package.iter().any(|start| name.starts_with(start)) {
            command.env_remove(name);
        }
    }
    command.current_dir(workspace());
    command
}

/// Builds with these arguments, and finds the file with this name among what was built.
///
/// # Panics
/// If it does not build.
pub fn artifact(arguments: &[&str], release: bool, file: &str) -> PathBuf {
    let output = cargo()
        .arg("build")
        .args(arguments)
        .args(["--message-format=json-render-diagnostics"])
        .args(release.then_some("--release"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "the workspace does not build:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Where the files ended up is cargo's to say: CARGO_TARGET_DIR and --target move them.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|path| path.as_str().map(PathBuf::from))
        .find(|path| path.file_name().is_some_and(|name| name == file))
        .unwrap_or_else(|| panic!("{file} is not built"))
}
