//! The variables of Prefect 3. Its own files are read by whoever reads its settings.

use std::path::PathBuf;

use prefect_secrets_core::{Buffer, Error};

use super::environment::Environment;

/// Every variable of Prefect 3 starts with this; those of Prefect 1 with one dash more.
const PREFIX: &str = "PREFECT_";
/// A variable of others that Prefect 3 reads.
const AUTHORITIES: &str = "SSL_CERT_FILE";

/// What the environment says to Prefect 3, as it was when the configuration was loaded. Wiped.
pub struct Prefect3 {
    /// A later one counts.
    variables: Vec<(String, Buffer)>,
    profiles: Result<Option<PathBuf>, Error>,
}

impl Prefect3 {
    /// What `environment` says.
    pub fn of(environment: &Environment) -> Self {
        let own = environment
            .with_prefix(PREFIX)
            .filter(|(name, _)| !name.starts_with('_'))
            .map(|(name, value)| (format!("{PREFIX}{name}"), value));
        let others = environment.with_prefix(AUTHORITIES).filter(|(rest, _)| rest.is_empty());
        let others = others.map(|(_, value)| (AUTHORITIES.to_owned(), value));
        let all = own.chain(others);
        let variables = all.map(|(name, value)| (name, Buffer::copy_of(value))).collect();
        let mut prefect3 = Self { variables, profiles: Ok(None) };
        prefect3.profiles = prefect3.profiles_in(environment);
        prefect3
    }

    /// The variables that there are.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|(name, _)| name.as_str())
    }

    /// What a variable was set to, which may be nothing.
    pub fn variable(&self, name: &str) -> Option<&[u8]> {
        let found = self.variables.iter().rfind(|(known, _)| known == name);
        found.map(|(_, value)| value.expose())
    }

    /// The file of profiles: what `PREFECT_PROFILES_PATH` says, else `profiles.toml` in
    /// `PREFECT_HOME`, else `~/.prefect/profiles.toml`; `None` where nobody knows the home
    /// directory. *Invalid* if the setting is no absolute path: it would depend on the working
    /// directory, which anybody may have written.
    pub fn profiles(&self) -> Result<Option<PathBuf>, Error> {
        self.profiles.clone()
    }

    fn profiles_in(&self, environment: &Environment) -> Result<Option<PathBuf>, Error> {
        for (name, file) in [("PREFECT_PROFILES_PATH", ""), ("PREFECT_HOME", "profiles.toml")] {
            let Some(said) = self.variable(name).filter(|said| !said.is_empty()) else { continue };
            let path = environment.expanded(said).filter(|path| path.is_absolute());
            let Some(mut path) = path else {
                return Err(Error::invalid(
                    format!("{name} (environment variable {name}) is no absolute path"),
                    "write the whole path: nothing is read from the working directory",
                ));
            };
            // Joining nothing would add a slash, and name a folder.
            if !file.is_empty() {
                path.push(file);
            }
            return Ok(Some(path));
        }
        Ok(environment.expanded(b"~/.prefect/profiles.toml"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Prefect3 {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        Prefect3::of(&Environment::of(variables, Some("/home/me".into()), false))
    }

    #[test]
    fn its_variables_are_not_those_of_prefect_1() {
        let said = of(&[
            ("PREFECT_API_URL", "u"),
            ("PREFECT__CLOUD__API", "1"),
            ("SSL_CERT_FILE", "c"),
            ("SSL_CERT_FILES", "d"),
        ]);
        let names: Vec<_> = said.variables.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["PREFECT_API_URL", "SSL_CERT_FILE"]);
        assert_eq!(said.variable("PREFECT_API_URL"), Some(&b"u"[..]));
    }

    #[test]
    fn the_profiles_stand_where_prefect_3_looks_and_never_in_the_working_directory() {
        let path = |variables: &[(&str, &str)]| of(variables).profiles().unwrap().unwrap();
        assert_eq!(path(&[]), PathBuf::from("/home/me/.prefect/profiles.toml"));
        assert_eq!(path(&[("PREFECT_HOME", "/p")]), PathBuf::from("/p/profiles.toml"));
        assert_eq!(path(&[("PREFECT_HOME", "~/p")]), PathBuf::from("/home/me/p/profiles.toml"));
        let both = [("PREFECT_HOME", "/p"), ("PREFECT_PROFILES_PATH", "/q/x.toml")];
        assert_eq!(path(&both), PathBuf::from("/q/x.toml"));
        for name in ["PREFECT_HOME", "PREFECT_PROFILES_PATH"] {
            let error = of(&[(name, "here")]).profiles().unwrap_err();
            assert!(error.what().contains(name) && !error.what().contains("here"), "{error}");
        }
    }
}
