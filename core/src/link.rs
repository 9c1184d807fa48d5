//! One provider in a chain, with what its configuration says of it.

use std::sync::Arc;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::Error;
use crate::provider::{Answer, Memory, Provider};
use crate::take::Take;

/// What a chain does when a link fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The call fails: an outage never makes a weaker place answer in its stead.
    #[default]
    Stop,
    /// The next link is asked. If none of them has the name, the call fails all the same:
    /// the link that failed might have it.
    Continue,
}

/// One provider in a chain, with what its configuration says of it.
pub struct Link {
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) on_error: OnError,
    timeout: Option<Duration>,
    pub(crate) configured: String,
    pub(crate) load_trace: Option<String>,
}

impl Link {
    /// A link to `provider`; `configured` says where this was decided, for explain.
    pub fn new(provider: Arc<dyn Provider>, configured: impl Into<String>) -> Self {
        let configured = configured.into();
        Self { provider, on_error: OnError::Stop, timeout: None, configured, load_trace: None }
    }

    /// What to do when it fails.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// At most this much of the caller's time for one call.
    #[must_use]
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// How the provider was loaded, one step a line, for one that was.
    #[must_use]
    pub fn load_trace(mut self, trace: Option<String>) -> Self {
        self.load_trace = trace;
        self
    }

    /// The provider.
    pub fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    /// What happens when it fails.
    pub fn when_it_fails(&self) -> OnError {
        self.on_error
    }

    /// Where this was decided.
    pub fn configured(&self) -> &str {
        &self.configured
    }

    /// Asks the provider as a chain of this link alone would.
    #[inline]
    pub fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        if !deadline.is_running() {
            let mut take = Take::Shared(None);
            match self.provider.in_memory(name.as_bytes(), &mut take) {
                Memory::Found => return Ok(take.shared()),
                Memory::Absent => return Ok(None),
                Memory::Failed | Memory::Waits => {}
            }
        }
        self.ask(deadline, |provider, deadline| provider.get(name, deadline))
    }

    /// Calls the provider within this link's share of the time, as the chain does. An error names
    /// the provider, unless the time was up before it could be asked.
    #[inline(always)]
    pub fn ask<T>(
        &self,
        deadline: &Deadline,
        call: impl FnOnce(&dyn Provider, &Deadline) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let named = |error: Error| error.by(self.provider.name());
        // Nobody's fault here: those before it took the time.
        deadline.check_with(|| format!("before {:?} could be asked", self.provider.name()))?;
        match self.timeout {
            None => call(self.provider(), deadline),
            Some(timeout) => {
                let shorter = deadline.at_most(timeout);
                shorter.at(); // its time runs from here
                call(self.provider(), &shorter)
            }
        }
        .map_err(named)
    }
}
