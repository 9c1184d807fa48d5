//! Prefect's TOML files as a provider.

use std::sync::Arc;

use prefect_secrets_core::{Answer, Capabilities, Deadline, Error, Memory, Provider, Take};
use prefect_secrets_lookup::Whose;

use crate::local::Local;

/// Answers the names under `[context.secrets]` in `config.toml` and `backend.toml` that no
/// variable set any part of; those are [`crate::Env`]'s.
///
/// The files are read when the chain is opened and when it is refreshed. A get takes no lock,
/// makes no system call and allocates nothing.
pub struct Toml {
    local: Arc<Local>,
    reloads: bool,
}

impl Toml {
    /// What configuration calls it.
    pub const NAME: &'static str = "toml";

    /// A view of `local`. The one view that `reloads` loads it anew on a refresh of the chain.
    pub fn new(local: Arc<Local>, reloads: bool) -> Self {
        Self { local, reloads }
    }
}

impl Provider for Toml {
    fn name(&self) -> &str {
        Self::NAME
    }

    #[inline]
    fn get(&self, name: &str, _deadline: &Deadline) -> Answer {
        Ok(self.local.snapshot().in_toml(name)?.cloned())
    }

    #[inline]
    fn in_memory(&self, name: &[u8], take: &mut Take<'_>) -> Memory {
        self.local.lookup().find(Whose::Toml, name, take)
    }

    fn exists(&self, name: &str, _deadline: &Deadline) -> Result<bool, Error> {
        self.local.snapshot().exists_in_toml(name)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::LIST.and(Capabilities::REFRESH)
    }

    fn list(&self, _deadline: &Deadline) -> Result<Vec<String>, Error> {
        Ok(self.local.snapshot().names_in_toml())
    }

    fn refresh(&self, _deadline: &Deadline) -> Result<(), Error> {
        if self.reloads { self.local.refresh() } else { Ok(()) }
    }
}
