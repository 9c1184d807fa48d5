//! The files that cargo made.

use std::path::PathBuf;

/// The programs that nobody calls by hand.
pub(crate) const HELPERS: [&str; 2] = ["prefect-secrets-plugin-host", "prefect-secrets-secretspec"];

/// The folder with the libraries and the programs, under the names that cargo gives them.
pub struct Built(pub PathBuf);

impl Built {
    /// The shared library.
    pub fn shared_library(&self) -> PathBuf {
        self.0.join("libprefect_secrets.so")
    }

    /// The static library.
    pub fn static_library(&self) -> PathBuf {
        self.0.join("libprefect_secrets.a")
    }

    /// The command line.
    pub fn cli(&self) -> PathBuf {
        self.0.join("prefect-secrets")
    }

    /// The programs that nobody calls by hand.
    pub fn helpers(&self) -> impl Iterator<Item = PathBuf> {
        HELPERS.iter().map(|name| self.0.join(name))
    }
}
