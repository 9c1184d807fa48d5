//! A scratch home directory.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// An empty home directory that goes away when this is dropped.
pub struct Home(TempDir);

impl Home {
    /// An empty one.
    #[expect(clippy::new_without_default, reason = "it makes a directory")]
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("prefect-secrets-").tempdir();
        Self(dir.expect("a temporary directory"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file below it, with its folders, readable by its owner only.
    pub fn write(&self, file: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folders");
        fs::write(&path, content).expect("the file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
        path
    }

    /// Writes `.prefect/config.toml`.
    pub fn config(&self, toml: &str) -> PathBuf {
        self.write(".prefect/config.toml", toml)
    }

    /// A command that has this home, and of the environment beside it only `PATH`.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().env("HOME", self.path());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }
}
