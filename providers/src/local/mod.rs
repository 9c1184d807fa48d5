//! The local configuration: the environment and Prefect's files, loaded once and merged as
//! Prefect does it. [`crate::Env`] and [`crate::Toml`] are two views of it, and the other
//! providers read their settings from it.
//!
//! What is loaded is a snapshot: a later change of a variable or a file is seen after a refresh.

mod defaults;
mod environment;
mod file;
mod members;
mod merge;
mod node;
mod prefect3;
mod references;
mod secrets;
mod snapshot;
mod text;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prefect_secrets_core::Error;
use prefect_secrets_lookup::{Loaded, Lookup};

pub use environment::Environment;
pub use file::{Document, Identity, read};
pub use members::Members;
pub use node::{Node, Origin};
pub use prefect3::Prefect3;
pub use snapshot::{Setting, Snapshot};

/// The local configuration of a chain, replaced as a whole when it is refreshed. Reading it takes
/// no lock.
pub struct Local {
    config_path: Option<PathBuf>,
    /// What stands for the environment of this process.
    environment: Option<Environment>,
    lookup: Lookup,
}

impl Local {
    /// Loads the environment of this process and the files that it points to; `config_path`
    /// stands for the file that Prefect would read.
    pub fn load(config_path: Option<PathBuf>) -> Result<Self, Error> {
        Self::load_in(None, config_path)
    }

    /// The same in `environment`, if one is given, instead of that of this process.
    pub fn load_in(
        environment: Option<Environment>,
        config_path: Option<PathBuf>,
    ) -> Result<Self, Error> {
        let snapshot = load(environment.as_ref(), config_path.as_deref())?;
        Ok(Self { config_path, environment, lookup: Lookup::new(loaded(snapshot)) })
    }

    /// Loads it anew; on failure what was there stays.
    pub fn refresh(&self) -> Result<(), Error> {
        let snapshot = load(self.environment.as_ref(), self.config_path.as_deref())?;
        self.lookup.publish(loaded(snapshot));
        Ok(())
    }

    /// The variable `name`, as it is now: for somebody who gets it passed on, not for a secret.
    pub(crate) fn variable(&self, name: &OsStr) -> Option<OsString> {
        match &self.environment {
            Some(environment) => environment.passed(name),
            None => std::env::var_os(name),
        }
    }

    /// What was loaded last.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.lookup.with().downcast().expect("a snapshot is what is loaded here")
    }

    /// The secrets of what was loaded last.
    #[inline]
    pub(crate) fn lookup(&self) -> &Lookup {
        &self.lookup
    }
}

fn loaded(snapshot: Snapshot) -> Loaded {
    let (env, toml) = (snapshot.env.index(), snapshot.toml.index());
    Loaded { env, toml, with: Arc::new(snapshot) }
}

fn load(environment: Option<&Environment>, config: Option<&Path>) -> Result<Snapshot, Error> {
    match environment {
        Some(environment) => Snapshot::load(environment, config),
        None => Snapshot::load(&Environment::of_this_process(), config),
    }
}
