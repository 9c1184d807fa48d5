//! What is measured, made ready: the library, programs, and homes for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_benches::{Program, VALUE};
use prefect_secrets_testing::{Built, C, Home, library, workspace};

use super::rounds::Effort;
use crate::Outcome;
use crate::stage::{cargo, finish};

/// What is measured, and what measures.
pub(crate) struct Lab {
    /// Has the shared library in it.
    pub(crate) library: Built,
    pub(crate) c: C,
    pub(crate) effort: Effort,
    /// `c/host.c`, compiled.
    host: PathBuf,
}

impl Lab {
    /// With the library that was packed if it is of these sources, else with one that is built.
    pub(crate) fn with_any_library(effort: Effort) -> Outcome<Self> {
        match packed("libprefect_secrets.so") {
            Some(packed) => {
                println!("   the library: {}", packed.display());
                Self::with(&packed, effort)
            }
            None => Self::new(effort),
        }
    }

    pub(crate) fn new(effort: Effort) -> Outcome<Self> {
        println!("   building the library (an optimised build takes a minute or more)");
        finish(&mut cargo(&["build", "--release", "--package=prefect-secrets-ffi", "--lib"]))?;
        Self::with(&library("prefect-secrets-ffi", "libprefect_secrets.so", true), effort)
    }

    fn with(shared: &Path, effort: Effort) -> Outcome<Self> {
        // A copy, which no other build takes away during the run.
        let folder = workspace().join("target/bench/lib");
        let to = folder.join("libprefect_secrets.so");
        let link = folder.join("libprefect_secrets.so.0");
        let _ = fs::remove_file(&to);
        let _ = fs::remove_file(&link);
        fs::create_dir_all(&folder)
            .and_then(|()| fs::copy(shared, &to))
            .and_then(|_| std::os::unix::fs::symlink(&to, &link))
            .map_err(|error| format!("{}: {error}", to.display()))?;
        let (c, library) = (C::new(), Built { folder });
        let host =
            c.program_with(&workspace().join("benches/c/host.c"), &["-O2", "-std=c11"], &library);
        Ok(Self { library, c, effort, host })
    }

    /// A home with this configuration, and `more` variables beside the secret `IN_ENV`.
    pub(crate) fn place(&self, config: &str, more: usize) -> Place {
        let home = Home::new();
        home.config(config);
        Place { home, more, variables: Vec::new() }
    }

    /// `benches/c/NAME.c` as a plugin in the folder of `place`, whose parents nobody else writes to.
    pub(crate) fn plugin(&self, place: &Place, source: &str) -> PathBuf {
        let built = self.c.plugin(&workspace().join(source), &["-O2"]);
        place.keep(&built)
    }

    /// The C host in this place.
    pub(crate) fn host(&self, place: &Place) -> Outcome<Program> {
        place.start(&self.host, &[])
    }
}

/// A home, and the environment of the programs in it.
pub(crate) struct Place {
    pub(crate) home: Home,
    more: usize,
    pub(crate) variables: Vec<(String, String)>,
}

impl Place {
    /// Copies a library into the home.
    pub(crate) fn keep(&self, library: &Path) -> PathBuf {
        let name = library.file_name().unwrap_or_default().to_string_lossy();
        self.home.write(&format!("plugins/{name}"), fs::read(library).expect("it was built"))
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = self.home.command(program);
        // They come before the secret, in the order in which `getenv` goes through them.
        for i in 0..self.more {
            command.env(format!("A_VARIABLE_{i:05}"), format!("of no interest, number {i}"));
        }
        command.env("PREFECT__CONTEXT__SECRETS__IN_ENV", VALUE);
        command.envs(self.variables.iter().cloned());
        command
    }

    pub(crate) fn start(&self, program: &Path, arguments: &[&str]) -> Outcome<Program> {
        Program::start(self.command(program).args(arguments))
            .map_err(|error| format!("{}: {error}", program.display()))
    }
}

/// The benches in Rust, in the environment of this command: some build what they need.
pub(crate) fn listening(rust: &Path) -> Outcome<Program> {
    let mut command = Command::new(rust);
    let started = Program::start(command.arg("--listen").current_dir(workspace()));
    started.map_err(|error| format!("{}: {error}", rust.display()))
}

/// As TOML: so many secrets called `IN_FILE_0` and so on.
pub(crate) fn secrets(count: usize) -> String {
    let lines = (0..count).map(|i| format!("IN_FILE_{i} = '{VALUE}'\n"));
    std::iter::once("[context.secrets]\n".to_owned()).chain(lines).collect()
}

/// The library or the program `name` that `cargo xtask dist` packed, stripped; if nothing that it is made of is
/// newer.
pub(crate) fn packed(name: &str) -> Option<PathBuf> {
    let dist = workspace().join("target/dist");
    let made = dist.join("build").join(format!("{}-unknown-linux-gnu", std::env::consts::ARCH));
    let made = made.join("dist").join(name);
    let packed = dist.join("stripped").join(name);
    let manifests = ["Cargo.toml", "Cargo.lock"].map(|name| workspace().join(name));
    (packed.is_file() && is_current(&made, &manifests)?).then_some(packed)
}

/// Whether a library that cargo made is newer than each of its sources, which cargo lists beside it,
/// and than `more`.
fn is_current(made: &Path, more: &[PathBuf]) -> Option<bool> {
    let changed = |path: &Path| path.metadata().ok()?.modified().ok();
    let built = changed(made)?;
    let list = fs::read_to_string(made.with_extension("d")).ok()?;
    // A line for each of the two libraries; both have the same sources.
    let (_, sources) = list.lines().next()?.split_once(": ")?;
    // A space within a name has a backslash before it.
    let sources = sources.replace("\\ ", "\0");
    let sources = sources.split_whitespace().map(|source| PathBuf::from(source.replace('\0', " ")));
    Some(
        sources
            .chain(more.iter().cloned())
            .all(|source| changed(&source).is_some_and(|changed| changed <= built)),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use prefect_secrets_testing::Home;

    use super::is_current;

    fn date(path: &Path, seconds: u64) {
        let file = fs::File::options().write(true).open(path).unwrap();
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000 + seconds);
        file.set_modified(then).unwrap();
    }

    #[test]
    fn a_library_is_current_until_a_source_changes() {
        let home = Home::new();
        let [made, source, spaced, manifest] =
            ["lib.so", "lib.rs", "a file.rs", "Cargo.toml"].map(|name| home.write(name, ""));
        let spaced_name = spaced.display().to_string().replace(' ', "\\ ");
        let line = |made| format!("{made}: {} {spaced_name}\n", source.display());
        home.write("lib.d", line("/elsewhere/lib.so") + &line("/elsewhere/lib.a"));
        date(&made, 10);
        for path in [&source, &spaced, &manifest] {
            date(path, 10);
        }
        let current = || is_current(&made, std::slice::from_ref(&manifest));
        assert_eq!(current(), Some(true));
        for path in [&source, &spaced, &manifest] {
            date(path, 11);
            assert_eq!(current(), Some(false), "{}", path.display());
            date(path, 9);
        }
        assert_eq!(current(), Some(true));
        fs::remove_file(&source).unwrap();
        assert_eq!(current(), Some(false));
        assert_eq!(is_current(&home.path().join("none.so"), &[]), None);
    }
}
