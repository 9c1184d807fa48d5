//! The configuration as it was at one moment.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prefect_secrets_core::{Buffer, Error, Secret};

use super::environment::Environment;
use super::file::{self, Identity};
use super::members::Members;
use super::node::{Node, Origin};
use super::prefect3::Prefect3;
use super::references;
use super::secrets::{Secrets, Verbatim};
use super::text::Text;

/// The configuration as it was when it was loaded: the secrets in it, and the settings.
pub struct Snapshot {
    pub(super) env: Secrets,
    pub(super) toml: Secrets,
    /// The plain variables, by the link that answers them.
    variables: Vec<(String, Secrets)>,
    /// Everything but the secrets.
    settings: Node,
    /// The paths of the texts that refer to a secret.
    secret: HashSet<Vec<String>>,
    folder: Option<PathBuf>,
    /// The files that were read, in the order of merging.
    files: Vec<(PathBuf, Identity)>,
    prefect3: Prefect3,
}

/// One setting.
pub struct Setting<'a> {
    /// What it was set to, expanded and cast as Prefect does it: a string as it is, a number and a
    /// boolean as JSON writes it, `None` as nothing, everything else as it was written.
    pub text: &'a [u8],
    /// Where it was set.
    pub origin: &'a Origin,
}

impl Snapshot {
    /// Loads `config_path` (else the file that `PREFECT__USER_CONFIG_PATH` names, else
    /// `~/.prefect/config.toml`), merges `backend.toml` over it, and the environment over both.
    /// A file that is not there is no error.
    pub fn load(environment: &Environment, config_path: Option<&Path>) -> Result<Self, Error> {
        let config = match config_path {
            Some(path) => Some(path.to_owned()),
            None => environment.config_path(),
        };
        let backend = environment.backend_path();
        let mut root = Node::empty();
        let mut files = Vec::new();
        for path in [config, backend].into_iter().flatten() {
            if let Some(document) = file::read_within(&path, environment)? {
                files.push((path, document.identity));
                root.merge(document.root);
            }
        }
        let replaced = root.merge_environment(environment)?;
        let secret = references::follow(&mut root, replaced, environment);
        let secrets = take_secrets(&mut root);
        root.settle(false);
        let providers = root.at(["secrets", "providers"]);
        let verbatim = Verbatim {
            env: is_verbatim(providers, crate::Env::NAME),
            toml: is_verbatim(providers, crate::Toml::NAME),
        };
        let (env, toml) = Secrets::split(secrets, verbatim);
        let variables = plain_variables(providers, environment);
        let home_dir = root.at(["home_dir"]).and_then(Node::leaf);
        let folder = match home_dir {
            Some((path, _)) => environment.expanded(path),
            None => environment.expanded(b"~/.prefect"),
        };
        let prefect3 = Prefect3::of(environment);
        Ok(Self { env, toml, variables, settings: root, secret, folder, files, prefect3 })
    }

    /// The secret `name`, if a variable set any part of it.
    #[inline]
    pub fn in_env(&self, name: impl AsRef<[u8]>) -> Result<Option<&Secret>, Error> {
        self.env.get(name.as_ref())
    }

    /// The secret `name`, if a file has it and no variable set any part of it.
    #[inline]
    pub fn in_toml(&self, name: impl AsRef<[u8]>) -> Result<Option<&Secret>, Error> {
        self.toml.get(name.as_ref())
    }

    /// The plain variable `name` as `link` answers it.
    pub fn in_variables(&self, link: &str, name: &[u8]) -> Result<Option<&Secret>, Error> {
        self.secrets_of(link).map_or(Ok(None), |secrets| secrets.get(name))
    }

    /// Whether [`in_env`](Self::in_env) answers `name`.
    pub fn exists_in_env(&self, name: &str) -> Result<bool, Error> {
        self.env.exists(name)
    }

    /// Whether [`in_toml`](Self::in_toml) answers `name`.
    pub fn exists_in_toml(&self, name: &str) -> Result<bool, Error> {
        self.toml.exists(name)
    }

    /// The names that [`in_env`](Self::in_env) answers.
    pub fn names_in_env(&self) -> Vec<String> {
        self.env.names()
    }

    /// The names that [`in_toml`](Self::in_toml) answers.
    pub fn names_in_toml(&self) -> Vec<String> {
        self.toml.names()
    }

    fn secrets_of(&self, link: &str) -> Option<&Secrets> {
        self.variables.iter().find_map(|(name, secrets)| (name == link).then_some(secrets))
    }

    /// The names that [`in_variables`](Self::in_variables) answers for `link`.
    pub fn names_in_variables(&self, link: &str) -> Vec<String> {
        self.secrets_of(link).map_or_else(Vec::new, Secrets::names)
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

    /// Everything but the secrets; only what was set, not Prefect's own defaults.
    pub fn settings(&self) -> &Node {
        &self.settings
    }

    /// The paths of the settings that refer to a secret, so that they hold its value.
    pub(crate) fn settings_that_hold_a_secret(&self) -> &HashSet<Vec<String>> {
        &self.secret
    }

    /// Prefect's own folder: `home_dir`, `~/.prefect` if nobody set it; none without a home
    /// directory.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// What the environment says to Prefect 3.
    pub fn prefect3(&self) -> &Prefect3 {
        &self.prefect3
    }

    /// The files that were read, a later one merged over an earlier one, and which they were.
    pub fn files(&self) -> &[(PathBuf, Identity)] {
        &self.files
    }
}

/// Takes `context.secrets` out of the configuration.
fn take_secrets(root: &mut Node) -> Option<Node> {
    let Node::Table(members) = root else { return None };
    let context = members.get_mut("context")?;
    if let Some(table) = context.as_table() {
        *context = table;
    }
    match context {
        Node::Table(context) => context.remove("secrets"),
        _ => None,
    }
}

/// Whether the link `name` takes texts as they were written.
fn is_verbatim(providers: Option<&Node>, name: &str) -> bool {
    let said = providers.and_then(|all| all.at([name, "verbatim"])?.leaf());
    said.is_some_and(|(text, _)| text.eq_ignore_ascii_case(b"true"))
}

/// The plain variables of each link `provider = "env"`.
fn plain_variables(providers: Option<&Node>, environment: &Environment) -> Vec<(String, Secrets)> {
    let mut links = Vec::new();
    for (link, said) in providers.and_then(Node::members).into_iter().flat_map(Members::all) {
        let text = |name| {
            let (text, _) = said.at([name])?.leaf()?;
            std::str::from_utf8(text).ok()
        };
        if text("provider") != Some(crate::Env::NAME) {
            continue;
        }
        let provider: Arc<str> = link.into();
        let verbatim = is_verbatim(providers, link);
        let variables = environment.with_prefix(text("prefix").unwrap_or_default());
        let secrets = variables.map(|(name, value)| {
            let text = Text::new(Buffer::copy_of(value), 2, environment);
            (name.into(), Ok(text.into_secret(&provider, verbatim)))
        });
        links.push((link.to_owned(), Secrets::of(secrets)));
    }
    links
}
