//! `[secrets.providers.NAME.config]`, and what it makes of a name.

use prefect_secrets_core::Error;
use prefect_secrets_core::abi::Settings as Given;
use secretspec_ipc::protocol::provider::{Address, ApplicationContext, InitializeApplication};
use serde::Deserialize;

/// What SecretSpec calls the profile that nobody named.
const DEFAULT: &str = "default";
/// The most bytes of a name that their protocol carries.
const LONGEST_NAME: usize = 4096;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    uri: Option<String>,
    project: Option<String>,
    profile: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    log_stderr: bool,
}

/// What the configuration says.
pub(crate) struct Settings {
    /// What their plugin is told first.
    pub(crate) application: InitializeApplication,
    /// Whether its standard error goes to the host's log. SecretSpec itself never shows it.
    pub(crate) log_stderr: bool,
    project: String,
    profile: String,
}

impl Settings {
    /// *Invalid* names the setting and repeats none: an address may hold a token.
    pub(crate) fn read(given: &Given) -> Result<Self, Error> {
        let Members { uri, project, profile, reason, log_stderr } = given.read()?;
        let next_step = "write it as for SecretSpec: uri = \"SCHEME://...\"";
        let uri = uri.ok_or_else(|| Error::invalid("the setting `uri` is missing", next_step))?;
        let scheme = uri.split_once(':').map(|(scheme, _)| scheme.to_owned());
        let scheme =
            scheme.ok_or_else(|| Error::invalid("the setting `uri` has no scheme", next_step))?;
        let project = project.unwrap_or_else(|| DEFAULT.into());
        let profile = profile.unwrap_or_else(|| DEFAULT.into());
        let context = ApplicationContext {
            project: Some(project.clone()),
            profile: Some(profile.clone()),
            base_dir: None,
            reason,
            requested_authorization_duration_ms: None,
        };
        let application = InitializeApplication { scheme, uri, context };
        application.validate().map_err(|_| {
            Error::invalid(
                "one of the settings `uri`, `project`, `profile` and `reason` is none of SecretSpec's",
                "a scheme is lower-case letters, digits and dashes; the others are not empty, and \
                 have at most 4096 bytes",
            )
        })?;
        Ok(Self { application, log_stderr, project, profile })
    }

    /// Where SecretSpec keeps a secret of this name; `None` if it can keep none.
    pub(crate) fn address(&self, name: &str) -> Option<Address> {
        (1..=LONGEST_NAME).contains(&name.len()).then(|| Address::Convention {
            project: self.project.clone(),
            profile: self.profile.clone(),
            key: name.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Settings, Error> {
        Settings::read(&Given::from_json(json.as_bytes()).expect("an object"))
    }

    #[test]
    fn what_is_not_said_is_default_and_what_is_wrong_is_not_repeated() {
        let settings = read(r#"{"uri": "demo://host/path"}"#).expect("settings");
        assert_eq!(settings.application.scheme, "demo");
        let address = settings.address("DB").expect("an address");
        assert!(matches!(address, Address::Convention { project, profile, key }
            if project == "default" && profile == "default" && key == "DB"));
        assert!(settings.address("").is_none());
        assert!(settings.address(&"x".repeat(4097)).is_none());
        for (json, words) in [
            ("{}", "`uri` is missing"),
            (r#"{"uri": "t0ken"}"#, "no scheme"),
            (r#"{"uri": "T0KEN://t0ken"}"#, "none of SecretSpec's"),
            (r#"{"uri": "demo://t0ken", "project": ""}"#, "none of SecretSpec's"),
            (r#"{"uri": 5}"#, "do not fit"),
            (r#"{"uri": "demo://t0ken", "t0ken": 1}"#, "do not fit"),
        ] {
            let error = read(json).err().expect("a refusal").to_string();
            assert!(error.contains(words) && !error.to_lowercase().contains("t0ken"), "{error}");
        }
    }
}
