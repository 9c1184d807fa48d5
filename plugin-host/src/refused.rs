//! A plugin that cannot run here: the host hears why.

use prefect_secrets_core::Error;
use prefect_secrets_core::abi::{Imported, Settings};
use prefect_secrets_wire::serve::{Introduction, Sender, Served};

/// What is served in the plugin's stead: the reason, and nothing after it.
pub(crate) struct Refused(pub(crate) Error);

impl Served for Refused {
    type Provider = Imported;

    fn introduce(&mut self, _: &Sender) -> Result<Introduction, Error> {
        Err(self.0.clone())
    }

    fn create(&mut self, _: &str, _: Settings) -> Result<Imported, Error> {
        Err(self.0.clone())
    }
}
