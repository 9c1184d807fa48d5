//! The configuration as it was at one moment.

use std::path::{Path, PathBuf};

use prefect_secrets_core::{Answer, Error};

use super::environment::Environment;
use super::file;
use super::node::{Node, Origin};
use super::secrets::Secrets;

/// The configuration as it was when it was loaded: the secrets in it, and the settings.
pub struct Snapshot {
    pub(super) env: Secrets,
    pub(super) toml: Secrets,
    /// Everything but the secrets.
    settings: Node,
    folder: Option<PathBuf>,
    /// The files that were read, in the order of merging.
    files: Vec<PathBuf>,
}

/// One setting.
pub struct Setting<'a> {
    /// What it was set to: text as it stands, numbers and arrays as JSON.
    pub text: &'a [u8],
    /// Where it was set.
    pub origin: &'a Origin,
}

impl Snapshot {
    /// Loads `config_path` (else the file that `PREFECT__USER_CONFIG_PATH` names, else
    /// `~/.prefect/config.toml`), merges `backend.toml` over it, and the environment over both.
    /// A file that is not there is no error.
    pub fn load(environment: &Environment, config_path: Option<&Path>) -> Result<Self, Error> {
        let folder = environment.home().map(|home| home.join(".prefect"));
        let path_of = |variable: &str, file: &str| {
            environment.path(variable).or_else(|| Some(folder.as_ref()?.join(file)))
        };
        let config = match config_path {
            Some(path) => Some(path.to_owned()),
            None => path_of("PREFECT__USER_CONFIG_PATH", "config.toml"),
        };
        let backend = path_of("PREFECT__BACKEND_CONFIG_PATH", "backend.toml");
        let mut root = Node::empty();
        let mut files = Vec::new();
        for path in [config, backend].into_iter().flatten() {
            if let Some(document) = file::read(&path)? {
                root.merge(document.root);
                files.push(path);
            }
        }
        root.merge_environment(environment)?;
        let (env, toml) =
            Secrets::split(take_secrets(&mut root), crate::Env::NAME, crate::Toml::NAME);
        Ok(Self { env, toml, settings: root, folder, files })
    }

    /// The secret `name`, if a variable set any part of it.
    #[inline]
    pub fn in_env(&self, name: &str) -> Answer {
        self.env.get(name)
    }

    /// The secret `name`, if a file has it and no variable set any part of it.
    #[inline]
    pub fn in_toml(&self, name: &str) -> Answer {
        self.toml.get(name)
    }

    /// The names that [`in_env`](Self::in_env) answers.
    pub fn names_in_env(&self) -> Vec<String> {
        self.env.names()
    }

    /// The names that [`in_toml`](Self::in_toml) answers.
    pub fn names_in_toml(&self) -> Vec<String> {
        self.toml.names()
    }

    /// The setting at a dotted path, `cloud.api_key` say; `None` if nobody set it. Only what was
    /// set is here, not Prefect's own defaults.
    pub fn setting(&self, path: &str) -> Option<Setting<'_>> {
        let (text, origin) = self.settings.at(path.split('.'))?.leaf()?;
        Some(Setting { text, origin })
    }

    /// The member of the configuration at a dotted path.
    pub fn section(&self, path: &str) -> Option<&Node> {
        self.settings.at(path.split('.'))
    }

    /// Prefect's own folder, `~/.prefect`; none without a home directory.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The files that were read, a later one merged over an earlier one.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

/// Takes `context.secrets` out of the configuration.
fn take_secrets(root: &mut Node) -> std::collections::BTreeMap<String, Node> {
    let Node::Table(members) = root else { return Default::default() };
    let Some(Node::Table(context)) = members.get_mut("context") else { return Default::default() };
    match context.remove("secrets") {
        Some(Node::Table(secrets)) => secrets,
        _ => Default::default(),
    }
}
