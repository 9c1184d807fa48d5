//! Plain variables as a provider.

use std::sync::Arc;

use prefect_secrets_core::{Answer, Capabilities, Deadline, Error, Memory, Provider, Take};

use crate::local::Local;

/// Answers names with the variables that are called so behind a prefix, as Prefect's
/// `EnvVarSecret` does it: a link `provider = "env"` in the configuration. Nothing nests, and
/// nothing is merged with a file.
///
/// The environment is read when the chain is opened and when it is refreshed.
pub struct Variables {
    name: Box<str>,
    local: Arc<Local>,
}

impl Variables {
    /// The view of `local` that its link `name` configures.
    pub fn new(name: &str, local: Arc<Local>) -> Self {
        Self { name: name.into(), local }
    }
}

impl Provider for Variables {
    fn name(&self) -> &str {
        &self.name
    }

    #[inline]
    fn get(&self, name: &str, _deadline: &Deadline) -> Answer {
        Ok(self.local.snapshot().in_variables(&self.name, name.as_bytes())?.cloned())
    }

    fn in_memory(&self, name: &[u8], take: &mut Take<'_>) -> Memory {
        let snapshot = self.local.snapshot();
        match snapshot.in_variables(&self.name, name) {
            Ok(Some(secret)) => {
                take.take(secret);
                Memory::Found
            }
            Ok(None) => Memory::Absent,
            Err(_) => Memory::Failed,
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::LIST
    }

    fn list(&self, _deadline: &Deadline) -> Result<Vec<String>, Error> {
        Ok(self.local.snapshot().names_in_variables(&self.name))
    }
}
