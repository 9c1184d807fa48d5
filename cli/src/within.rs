//! The chain as it is configured, and the time that asking it may take.

use prefect_secrets_core::{Chain, Deadline, Error};
use prefect_secrets_providers::Opener;

use crate::arguments::Within;

impl Within {
    /// Opens the chain. The time runs from here on.
    pub(crate) fn open(&self) -> Result<(Chain, Deadline), Error> {
        let deadline = Deadline::within(self.timeout);
        Ok((Opener::new().open()?, deadline))
    }
}
