//! From the host's `hello` to a provider.

use std::ffi::OsString;
use std::path::PathBuf;

use prefect_secrets_core::abi::Settings as Given;
use prefect_secrets_core::{Capabilities, Error};
use prefect_secrets_wire::serve::{Introduction, Sender, Served};

use crate::provider::SecretSpec;
use crate::settings::Settings;

/// What this provider is, whatever plugin is behind it: the `id` of the manifest.
const ID: &str = "secretspec";

/// Makes the provider of the plugin that the arguments name.
pub(crate) struct Adapter {
    arguments: Vec<OsString>,
}

impl Adapter {
    pub(crate) fn new(arguments: impl Iterator<Item = OsString>) -> Self {
        Self { arguments: arguments.collect() }
    }

    fn executable(&self) -> Result<PathBuf, Error> {
        match self.arguments.as_slice() {
            [path] if PathBuf::from(path).is_absolute() => Ok(path.into()),
            _ => Err(Error::invalid(
                "the manifest gives no SecretSpec plugin, or more than its path",
                "write arguments = [\"/absolute/path/of/the/plugin\"] there",
            )),
        }
    }
}

impl Served for Adapter {
    type Provider = SecretSpec;

    /// What their plugin can do is known only when it has its address, and the host asks before:
    /// all that any can is announced, and what this one cannot is *unsupported* when it is asked for.
    fn introduce(&mut self, _: &Sender) -> Result<Introduction, Error> {
        self.executable()?;
        let capabilities = Capabilities::GET_MANY
            .and(Capabilities::SET)
            .and(Capabilities::DELETE)
            .and(Capabilities::THREAD_SAFE)
            .and(Capabilities::HONORS_DEADLINES);
        Ok(Introduction { id: ID.into(), capabilities })
    }

    fn create(&mut self, name: &str, settings: Given) -> Result<SecretSpec, Error> {
        SecretSpec::start(name, self.executable()?, Settings::read(&settings)?)
    }
}
