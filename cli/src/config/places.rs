//! Which files the configuration is read from.

use std::path::PathBuf;

use prefect_secrets_core::Error;
use prefect_secrets_providers::local::{Environment, Snapshot};

use super::written::Written;

/// A file of the configuration.
pub(crate) struct Place {
    /// What Prefect calls it: `config.toml`.
    pub(crate) role: &'static str,
    /// Where it is; `None` if that is nowhere: set to nothing, or nobody knows the home directory.
    pub(crate) path: Result<Option<PathBuf>, Error>,
    /// The variable, or the setting, that moved it from where Prefect has it.
    pub(crate) moved_by: Option<String>,
}

impl Place {
    /// Whether somebody named this very file, and not the folder that it would be in.
    pub(crate) fn is_named(&self) -> bool {
        self.moved_by.as_ref().is_some_and(|by| by.ends_with("_PATH"))
    }

    /// Where it is, if anybody knows.
    pub(crate) fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref().ok()?.as_ref()
    }
}

/// Every file that is read, in the order of reading. `snapshot` is what the first two say, unless they are
/// broken: nobody knows then where `auth.toml` is.
pub(crate) fn places(environment: &Environment, snapshot: Option<&Snapshot>) -> Vec<Place> {
    let mut places = vec![
        Place {
            role: "config.toml",
            path: Ok(environment.config_path()),
            moved_by: variable(&[Environment::CONFIG]),
        },
        Place {
            role: "backend.toml",
            path: Ok(environment.backend_path()),
            moved_by: variable(&[Environment::BACKEND]),
        },
    ];
    if cfg!(feature = "cloud") {
        places.extend([auth(snapshot), profiles(environment)]);
    }
    places
}

fn auth(snapshot: Option<&Snapshot>) -> Place {
    let set = snapshot.and_then(|snapshot| snapshot.setting("home_dir"));
    let plain =
        set.as_ref().is_none_or(|set| Written::default().is_plain(&["home_dir"], set.origin));
    let path = match snapshot {
        Some(snapshot) if plain => Ok(snapshot.folder().map(|folder| folder.join("auth.toml"))),
        // A path may hold a secret then.
        Some(_) => Err(Error::invalid(
            "not looked at: home_dir, which says where it is, refers to another value",
            "write the path itself",
        )),
        None => Err(Error::invalid(
            "where it is cannot be told while the configuration is broken",
            "mend config.toml, backend.toml or the variable that is broken",
        )),
    };
    let moved_by = set.map(|set| format!("home_dir ({})", set.origin));
    Place { role: "auth.toml", path, moved_by }
}

fn profiles(environment: &Environment) -> Place {
    use prefect_secrets_providers::local::Prefect3;
    Place {
        role: "profiles.toml",
        path: Prefect3::of(environment).profiles(),
        moved_by: variable(&["PREFECT_PROFILES_PATH", "PREFECT_HOME"])
            .filter(|name| std::env::var_os(name).is_some_and(|said| !said.is_empty())),
    }
}

/// The first of these variables that is set.
fn variable(names: &[&str]) -> Option<String> {
    let set = names.iter().find(|name| std::env::var_os(name).is_some());
    set.map(|name| (*name).to_owned())
}
