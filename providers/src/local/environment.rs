//! The variables: those that are part of the configuration, and those it refers to.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use prefect_secrets_core::abi::raised_privileges;
use prefect_secrets_core::value::{Expanded, Surroundings, expand};
use zeroize::Zeroize;

/// Every variable of Prefect starts with this.
const PREFIX: &[u8] = b"PREFECT__";
/// The variables of secrets. Other mixtures of cases are no secrets (Prefect 1.4.1, measured).
const SECRETS: [&[u8]; 2] = [b"PREFECT__CONTEXT__SECRETS__", b"PREFECT__context__secrets__"];

/// The environment as the configuration sees it: a copy, wiped.
pub struct Environment {
    /// Name and value of each variable, in the order of the environment.
    variables: Vec<(Vec<u8>, Value)>,
    home: Option<PathBuf>,
    /// A set-uid program: its caller chose the environment, and may not choose files, plugins or
    /// addresses with it.
    secure: bool,
}

/// What a variable says, wiped. It is the block that the environment was copied into, so that there is
/// one copy of each.
struct Value(Vec<u8>);

impl Drop for Value {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

/// What a variable says.
pub(super) struct Variable<'a> {
    /// The name of the variable.
    pub(super) name: &'a str,
    /// Which member of the configuration it sets: names from the outermost table inwards, with `__`
    /// between them.
    pub(super) path: String,
    pub(super) value: &'a [u8],
}

impl Environment {
    /// The variable that says where `config.toml` is.
    pub const CONFIG: &'static str = "PREFECT__USER_CONFIG_PATH";
    /// The variable that says where `backend.toml` is.
    pub const BACKEND: &'static str = "PREFECT__BACKEND_CONFIG_PATH";

    /// The environment of this process, as it is now.
    pub fn of_this_process() -> Self {
        Self::of(std::env::vars_os(), std::env::home_dir(), raised_privileges())
    }

    /// An environment of `variables`. `home` counts if there is no `HOME` among them, not even an
    /// empty one. In a `secure` program only the secrets in it count.
    pub fn of(
        variables: impl Iterator<Item = (OsString, OsString)>,
        home: Option<PathBuf>,
        secure: bool,
    ) -> Self {
        let variables: Vec<_> = variables
            .filter(|(name, _)| !secure || is_secret(name.as_bytes()))
            .map(|(name, value)| (name.into_vec(), Value(value.into_vec())))
            .collect();
        let said = variables.iter().find(|(name, _)| name == b"HOME");
        let home = match said {
            Some((_, home)) => Some(OsStr::from_bytes(&home.0).into()),
            None => home,
        };
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

    /// The variable `name`.
    pub(super) fn passed(&self, name: &OsStr) -> Option<OsString> {
        let value = self.variable(name.as_bytes())?;
        Some(OsStr::from_bytes(value).to_owned())
    }

    /// The file `config.toml` of Prefect 1, there or not: what [`Self::CONFIG`] says, else the one in
    /// `~/.prefect`. `None` if that is empty, and where nobody knows the home directory.
    pub fn config_path(&self) -> Option<PathBuf> {
        self.path(Self::CONFIG, "~/.prefect/config.toml")
    }

    /// The same for `backend.toml`, and [`Self::BACKEND`].
    pub fn backend_path(&self) -> Option<PathBuf> {
        self.path(Self::BACKEND, "~/.prefect/backend.toml")
    }

    /// The path that the variable `name` holds, else `default`, expanded. `None` for an empty one,
    /// and where nobody knows the home that it begins with.
    fn path(&self, name: &str, default: &str) -> Option<PathBuf> {
        let said = self.variable(name.as_bytes()).unwrap_or(default.as_bytes());
        self.expanded(said)
    }

    /// `path`, expanded.
    pub(super) fn expanded(&self, path: &[u8]) -> Option<PathBuf> {
        let expanded = match expand(path, self) {
            Expanded::Unchanged => OsStr::from_bytes(path).to_owned(),
            Expanded::Changed(path, _) => OsStr::from_bytes(path.expose()).to_owned(),
            Expanded::Endless => return None,
        };
        let known = !expanded.is_empty() && expanded.as_bytes()[0] != b'~';
        known.then(|| expanded.into())
    }

    /// All variables whose name starts with `prefix`, the prefix taken off.
    pub(super) fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.variables.iter().filter_map(move |(name, value)| {
            let name = name.strip_prefix(prefix.as_bytes())?;
            Some((std::str::from_utf8(name).ok()?, value.0.as_slice()))
        })
    }

    /// The variables of Prefect, as members of the configuration. A name that is not UTF-8 sets
    /// nothing: nobody could ask for it.
    pub(super) fn variables(&self) -> impl Iterator<Item = Variable<'_>> {
        self.variables.iter().filter_map(|(name, value)| {
            let option = std::str::from_utf8(name.strip_prefix(PREFIX)?).ok()?;
            let name = std::str::from_utf8(name).ok()?;
            // The name of a secret keeps its case; what nests inside it does too.
            let secret = option.to_uppercase().starts_with("CONTEXT__SECRETS");
            let path = match secret {
                true => option.replace("CONTEXT__SECRETS", "context__secrets"),
                false => option.to_lowercase(),
            };
            Some(Variable { name, path, value: &value.0 })
        })
    }
}

impl Surroundings for Environment {
    fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.0.as_slice())
    }

    fn home(&self, user: Option<&[u8]>) -> Option<Vec<u8>> {
        match user {
            None => Some(self.home.as_ref()?.as_os_str().as_bytes().to_vec()),
            Some(_) if self.secure => None,
            Some(user) => home_of(user, &std::fs::read("/etc/passwd").ok()?),
        }
    }
}

/// The home of `user` as the file of users says it: a lookup over the network could hang.
fn home_of(user: &[u8], users: &[u8]) -> Option<Vec<u8>> {
    let mut lines = users.split(|byte| *byte == b'\n');
    lines.find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        let found = fields.next() == Some(user);
        fields.nth(4).filter(|_| found).map(<[u8]>::to_vec)
    })
}

fn is_secret(name: &[u8]) -> bool {
    SECRETS.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::home_of;

    #[test]
    fn the_home_of_a_user_is_the_sixth_field() {
        let users = b"root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\nbroken\n";
        assert_eq!(home_of(b"me", users).as_deref(), Some(&b"/home/me"[..]));
        assert_eq!(home_of(b"m", users), None);
        assert_eq!(home_of(b"broken", users), None);
    }
}
