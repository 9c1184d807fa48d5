//! Where Prefect 3's settings are: variables, and the active profile.
//!
//! A variable wins. Prefect itself also reads files in the working directory, which anybody may have
//! written: this does not.

use prefect_secrets_core::Error;

use super::profile::Profile;
use crate::local::{Prefect3, Snapshot};

pub(super) const URL: &str = "PREFECT_API_URL";
pub(super) const KEY: &str = "PREFECT_API_KEY";
pub(super) const AUTH_STRING: &str = "PREFECT_API_AUTH_STRING";

/// Which of Prefect 3's settings are there.
pub(in crate::cloud) enum Mentioned {
    /// None that says whom to ask, or as whom.
    Nothing,
    /// A credential, and nobody to send it to.
    Credential,
    /// An address.
    Address,
}

/// One setting, which was set to something.
pub(super) struct Set<'a> {
    pub(super) name: &'static str,
    pub(super) value: &'a [u8],
    /// Its name, and where it was set.
    pub(super) place: String,
    variable: bool,
}

/// Everything that says something of Prefect 3.
pub(in crate::cloud) struct Sources<'a> {
    variables: &'a Prefect3,
    profile: Option<Profile>,
}

impl<'a> Sources<'a> {
    /// *Invalid* if the profile cannot be read, or is not there.
    pub(in crate::cloud) fn of(snapshot: &'a Snapshot) -> Result<Self, Error> {
        let variables = snapshot.prefect3();
        Ok(Self { variables, profile: Profile::active(variables)? })
    }

    pub(in crate::cloud) fn mentioned(&self) -> Mentioned {
        let is_set = |name| self.setting(name).is_some();
        match () {
            () if is_set(URL) => Mentioned::Address,
            () if is_set(KEY) || is_set(AUTH_STRING) => Mentioned::Credential,
            () => Mentioned::Nothing,
        }
    }

    /// A variable that is set to nothing takes away what the profile says.
    pub(super) fn setting(&self, name: &'static str) -> Option<Set<'_>> {
        let set = match self.variables.variable(name) {
            Some(value) => {
                let place = format!("{name} (environment variable {name})");
                Set { name, value, place, variable: true }
            }
            None => self.in_profile(name)?,
        };
        (!set.value.trim_ascii().is_empty()).then_some(set)
    }

    fn in_profile(&self, name: &'static str) -> Option<Set<'_>> {
        let profile = self.profile.as_ref()?;
        let place = format!("{name} ({profile})");
        Some(Set { name, value: profile.setting(name)?, place, variable: false })
    }

    /// Where the profile has a table in the place of the setting `name`.
    pub(super) fn table_in_profile(&self, name: &'static str) -> Option<String> {
        let profile = self.profile.as_ref().filter(|profile| profile.is_table(name))?;
        Some(format!("{name} ({profile})"))
    }

    /// What makes a server trusted: a variable counts for any address, a profile's setting only for
    /// the address of that profile.
    pub(super) fn setting_of_trust(
        &self,
        name: &'static str,
        address: &Set<'_>,
    ) -> Option<Set<'_>> {
        self.setting(name).filter(|set| set.variable || self.is_the_profiles(address))
    }

    /// Whether the profile says what `set` says.
    fn is_the_profiles(&self, set: &Set<'_>) -> bool {
        fn clean<'v>(name: &str, value: &'v [u8]) -> &'v [u8] {
            let value = value.trim_ascii();
            // With a slash at its end or without, it is one address.
            if name == URL { value.strip_suffix(b"/").unwrap_or(value) } else { value }
        }
        let profiles = self.in_profile(set.name);
        profiles.is_some_and(|other| clean(set.name, other.value) == clean(set.name, set.value))
    }

    /// Refuses a credential that was kept with another address than the one it would be sent to.
    pub(super) fn check_same(&self, address: &Set<'_>, credential: &Set<'_>) -> Result<(), Error> {
        // What the profile says too, is the profile's, whoever said it first.
        let of_variables = if address.variable { address } else { credential };
        if address.variable == credential.variable || self.is_the_profiles(of_variables) {
            return Ok(());
        }
        Err(Error::invalid(
            format!(
                "{} and {} come from two places: what was kept for one address is not sent to \
                 another",
                address.place, credential.place
            ),
            format!(
                "set both in one place; to send nothing, set the variable {} to nothing",
                credential.name
            ),
        ))
    }
}
