//! The variables that can be part of the configuration.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use prefect_secrets_core::Buffer;
use prefect_secrets_core::abi::raised_privileges;

/// Every variable of Prefect starts with this.
const PREFIX: &[u8] = b"PREFECT__";
/// The variables of secrets. Other mixtures of cases are no secrets (Prefect 1.4.1, measured).
const SECRETS: [&[u8]; 2] = [b"PREFECT__CONTEXT__SECRETS__", b"PREFECT__context__secrets__"];

/// The environment as the configuration sees it: a copy, wiped.
pub struct Environment {
    /// Name and value of each variable of Prefect, in the order of the environment.
    variables: Vec<(Vec<u8>, Buffer)>,
    home: Option<PathBuf>,
    /// A set-uid program: its caller chose the environment, and may not choose files, plugins or
    /// addresses with it.
    secure: bool,
}

/// What a variable says.
pub(super) struct Variable<'a> {
    /// The name of the variable.
    pub(super) name: String,
    /// Which member of the configuration it sets, from the outermost table inwards.
    pub(super) path: Vec<String>,
    pub(super) value: &'a Buffer,
}

impl Environment {
    /// The environment of this process, as it is now.
    pub fn of_this_process() -> Self {
        Self::of(std::env::vars_os(), std::env::home_dir(), raised_privileges())
    }

    /// An environment of `variables`. In a `secure` program only the secrets in it count.
    pub fn of(
        variables: impl Iterator<Item = (OsString, OsString)>,
        home: Option<PathBuf>,
        secure: bool,
    ) -> Self {
        let variables = variables
            .filter(|(name, _)| name.as_bytes().starts_with(PREFIX))
            .filter(|(name, _)| !secure || is_secret(name.as_bytes()))
            .map(|(name, value)| (name.into_vec(), Buffer::take(&mut value.into_vec())))
            .collect();
        Self { variables, home: if secure { None } else { home }, secure }
    }

    /// The home directory; none in a set-uid program.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Whether this is a set-uid program.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The path that the variable `name` holds, with a leading `~` for the home directory.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        let (_, value) = self.variables.iter().find(|(n, _)| n == name.as_bytes())?;
        let path = Path::new(std::ffi::OsStr::from_bytes(value.expose()));
        Some(match (path.strip_prefix("~"), &self.home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path.to_owned(),
        })
    }

    /// The variables, as members of the configuration. A name that is not UTF-8 sets nothing:
    /// nobody could ask for it.
    pub(super) fn variables(&self) -> impl Iterator<Item = Variable<'_>> {
        self.variables.iter().filter_map(|(name, value)| {
            let name = std::str::from_utf8(name).ok()?;
            let secret = SECRETS.iter().find_map(|p| name.as_bytes().strip_prefix(*p));
            let path = match secret {
                // The name of a secret keeps its case; what nests inside it does too.
                Some(_) => {
                    let rest = &name[SECRETS[0].len()..];
                    ["context", "secrets"]
                        .into_iter()
                        .chain(rest.split("__"))
                        .map(String::from)
                        .collect()
                }
                None => {
                    let rest = &name[PREFIX.len()..];
                    rest.split("__").map(str::to_lowercase).collect::<Vec<_>>()
                }
            };
            // `context.secrets` in another mixture of cases is neither a secret nor a setting.
            let stray = secret.is_none() && path.starts_with(&["context".into(), "secrets".into()]);
            (!stray).then(|| Variable { name: name.into(), path, value })
        })
    }
}

fn is_secret(name: &[u8]) -> bool {
    SECRETS.iter().any(|prefix| name.starts_with(prefix))
}
