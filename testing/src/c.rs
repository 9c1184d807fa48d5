//! C and C++ programs against the headers of this project.

use std::ffi::{OsStr, OsString};
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
        self.compiler_called(&std::env::var_os(variable).unwrap_or(program.into()))
    }

    /// The same with a compiler of this name.
    pub fn compiler_called(&self, program: &OsStr) -> Command {
        let mut command = Command::new(program);
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
        self.linked(self.compiler(source), source, arguments, built)
    }

    /// Compiles `source` with this compiler into a program linked with the shared library that the
    /// tests use.
    pub fn program_by(&self, compiler: &OsStr, source: &Path, arguments: &[&str]) -> PathBuf {
        self.linked(self.compiler_called(compiler), source, arguments, built())
    }

    fn linked(
        &self,
        mut command: Command,
        source: &Path,
        arguments: &[&str],
        built: &Built,
    ) -> PathBuf {
        let library = built.shared_library();
        // The program asks for the soname, which the build folder has no file of.
        let link = self.folder().join(soname(&library));
        if !link.exists() {
            std::os::unix::fs::symlink(&library, &link).expect("a link to the library");
        }
        let program = self.folder().join(source.file_stem().expect("a source has a name"));
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

    /// The C++ compilers of this machine: the usual one, and each clang++ on the `PATH`.
    pub fn cpp_compilers() -> Vec<OsString> {
        let mut compilers = vec![std::env::var_os("CXX").unwrap_or("c++".into())];
        let path = std::env::var_os("PATH").unwrap_or_default();
        let files = std::env::split_paths(&path).filter_map(|folder| folder.read_dir().ok());
        let mut clangs: Vec<PathBuf> = files
            .flatten()
            .flatten()
            .filter(|file| is_clang(&file.file_name().to_string_lossy()))
            .map(|file| file.path())
            .collect();
        // One compiler has several names, which lie beside each other.
        clangs.sort();
        clangs.dedup_by_key(|path| path.canonicalize().ok());
        compilers.extend(clangs.into_iter().map(PathBuf::into_os_string));
        compilers
    }

    /// Writes `text` as the file `name` in the scratch folder.
    pub fn source(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, text).expect("the source");
        path
    }
}

/// `clang++`, or `clang++-14`.
fn is_clang(name: &str) -> bool {
    let version = name.strip_prefix("clang++");
    version.is_some_and(|rest| rest.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()))
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
