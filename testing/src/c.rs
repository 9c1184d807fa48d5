//! C and C++ programs against the headers of this project.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::built::{Built, built, workspace};

/// Compiles into a scratch folder that goes away when this is dropped.
pub struct C {
    folder: TempDir,
}

impl C {
    /// A compiler, every warning an error.
    #[expect(clippy::new_without_default, reason = "it makes a directory")]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary directory") }
    }

    /// The scratch folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `cc` or `c++` by the ending of `source`, with warnings as errors and the include folder.
    pub fn compiler(&self, source: &Path) -> Command {
        let cpp = source.extension().is_some_and(|ending| ending == "cc" || ending == "cpp");
        let (variable, program) = if cpp { ("CXX", "c++") } else { ("CC", "cc") };
        let mut command = Command::new(std::env::var_os(variable).unwrap_or(program.into()));
        // Set by `cargo xtask test --instruments`, which builds the Rust side in the same way.
        if let Ok(sanitizer) = std::env::var("PREFECT_SECRETS_SANITIZE") {
            command.arg(format!("-fsanitize={sanitizer}")).arg("-fno-omit-frame-pointer");
        }
        command
            .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-O1", "-I"])
            .arg(workspace().join("include"));
        command
    }

    /// Compiles `source` into a program linked with the shared library that the tests use.
    pub fn program(&self, source: &Path, arguments: &[&str]) -> PathBuf {
        self.program_with(source, arguments, built())
    }

    /// Compiles `source` into a program linked with the shared library among `built`.
    pub fn program_with(&self, source: &Path, arguments: &[&str], built: &Built) -> PathBuf {
        let library = built.shared_library();
        // The program asks for the soname, which the build folder has no file of.
        let link = self.folder().join(soname(&library));
        if !link.exists() {
            std::os::unix::fs::symlink(&library, &link).expect("a link to the library");
        }
        let program = self.folder().join(source.file_stem().expect("a source has a name"));
        let mut command = self.compiler(source);
        command.arg(source).args(arguments).arg("-o").arg(&program).arg(&link);
        command.arg(format!("-Wl,-rpath,{}", self.folder().display())).arg("-lpthread").arg("-ldl");
        run(&mut command);
        program
    }

    /// Compiles `source` into a program that holds the static library that the tests use.
    pub fn static_program(&self, source: &Path, arguments: &[&str]) -> PathBuf {
        let program = self.folder().join("static");
        let mut command = self.compiler(source);
        command.arg(source).args(arguments).arg("-o").arg(&program);
        command.arg(built().static_library()).args(["-lgcc_s", "-lpthread", "-ldl", "-lm"]);
        run(&mut command);
        program
    }

    /// Compiles `source` into a program without the library.
    pub fn bare_program(&self, source: &Path, arguments: &[&str]) -> PathBuf {
        let program = self.folder().join(source.file_stem().expect("a source has a name"));
        run(self.compiler(source).arg(source).args(arguments).arg("-o").arg(&program));
        program
    }

    /// Compiles `source` into a plugin, and returns its file.
    pub fn plugin(&self, source: &Path, arguments: &[&str]) -> PathBuf {
        let stem = source.file_stem().expect("a source has a name").to_string_lossy();
        let plugin = self.folder().join(format!("{stem}.so"));
        let mut command = self.compiler(source);
        command.args(["-shared", "-fPIC", "-std=c11"]).arg(source).args(arguments);
        run(command.arg("-o").arg(&plugin));
        plugin
    }

    /// Writes `text` as the file `name` in the scratch folder.
    pub fn source(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, text).expect("the source");
        path
    }
}

/// The name under which programs ask for the library.
fn soname(library: &Path) -> String {
    let output = Command::new("readelf").arg("-d").arg(library).output().expect("readelf runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.contains("(SONAME)")).expect("it has a soname");
    let (_, rest) = line.split_once('[').expect("the soname in brackets");
    rest.trim_end_matches(']').to_owned()
}

/// Runs a compiler, and shows what it said if it fails.
fn run(command: &mut Command) {
    let output = command.output().expect("a C compiler");
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
