//! A fresh prefix with everything in it.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use prefect_secrets_packaging::split::strip_archive;
use prefect_secrets_packaging::{Built, Places, install, uninstall};
use prefect_secrets_testing::{Home, built};

/// A prefix below a scratch folder that goes away when this is dropped.
pub struct Prefix {
    pub home: Home,
    pub path: PathBuf,
    pub libdir: &'static str,
}

impl Prefix {
    /// Installs what the tests use as `name` in a scratch folder.
    pub fn new(name: &str) -> Self {
        Self::with_libdir(name, "lib")
    }

    pub fn with_libdir(name: &str, libdir: &'static str) -> Self {
        let home = Home::new();
        let path = home.path().join(name);
        install(&built_files(), &places(&path, libdir)).unwrap();
        Self { home, path, libdir }
    }

    pub fn libraries(&self) -> PathBuf {
        self.path.join(self.libdir)
    }

    /// Moves the whole tree.
    pub fn moved(mut self, name: &str) -> Self {
        let to = self.home.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(&self.path, &to).unwrap();
        self.path = to;
        self
    }

    /// A program that has a secret in its environment and finds the shared library here.
    pub fn run(&self, program: &Path) -> Output {
        let mut command = self.home.command(program);
        command.env("LD_LIBRARY_PATH", self.libraries());
        command.env("PREFECT__CONTEXT__SECRETS__DB_PASSWORD", "hunter2");
        command.output().unwrap()
    }

    pub fn uninstall(&self) -> Vec<String> {
        uninstall(&places(&self.path, self.libdir)).unwrap()
    }
}

pub fn places(prefix: &Path, libdir: &str) -> Places {
    Places::new(prefix, None, libdir).unwrap()
}

/// What the tests use, as it was built, but without what a debugger reads: that is ten times as much,
/// and here everything is copied and linked many times.
pub fn built_files() -> Built {
    static STRIPPED: OnceLock<PathBuf> = OnceLock::new();
    Built(STRIPPED.get_or_init(strip).clone())
}

/// Strips into a folder that stays until something is built anew.
fn strip() -> PathBuf {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = scratch.join("stripped");
    let from = Built(built().folder.clone());
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    let programs = [from.shared_library(), from.cli()].into_iter().chain(from.helpers());
    let files: Vec<PathBuf> = programs.chain([from.static_library()]).collect();
    let newest = files.iter().map(|file| changed(file).unwrap()).max().unwrap();
    if changed(&folder).is_ok_and(|made| made > newest) {
        return folder;
    }
    let new = tempfile::tempdir_in(scratch).unwrap().keep();
    for file in &files {
        let to = new.join(file.file_name().unwrap());
        if *file == from.static_library() {
            strip_archive(file, &to).unwrap();
        } else {
            passes(Command::new("objcopy").arg("--strip-debug").arg(file).arg(to));
        }
    }
    let _ = fs::remove_dir_all(&folder);
    fs::rename(&new, &folder).unwrap();
    folder
}

/// The source that programs here are made of.
pub fn consumer() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumer")
}

/// Runs a command to its end, which is a good one.
pub fn passes(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}:\n{said}");
    said
}

/// That it found the secret.
pub fn found(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let more = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "7 bytes from env\n", "{more}");
}

/// The libraries that a program asks for.
pub fn needed(program: &Path) -> String {
    passes(Command::new("readelf").arg("-d").arg(program))
}
