//! A plugin that was not loaded, in its place in the chain.

use prefect_secrets_core::{Answer, Capabilities, Deadline, Error, Provider, Secret};

/// A link that fails with the reason why its plugin was refused, whatever it is asked: a place
/// that cannot be asked must not let a weaker one answer in its stead.
pub struct Refused {
    name: String,
    why: Error,
}

impl Refused {
    /// The provider `name`, refused because of `why`.
    pub fn new(name: &str, why: Error) -> Self {
        Self { name: name.into(), why: why.by(name) }
    }

    /// Why it was refused.
    pub fn why(&self) -> &Error {
        &self.why
    }
}

impl Provider for Refused {
    fn name(&self) -> &str {
        &self.name
    }

    fn get(&self, _name: &str, _deadline: &Deadline) -> Answer {
        Err(self.why.clone())
    }

    /// Everything: the plugin might have been able to, so that a write fails here and does not go
    /// to another place.
    fn capabilities(&self) -> Capabilities {
        Capabilities::SET.and(Capabilities::DELETE).and(Capabilities::LIST)
    }

    fn remark(&self, _name: &str) -> Option<String> {
        Some("its plugin was refused when the chain was opened".into())
    }

    fn set(&self, _name: &str, _value: &Secret, _deadline: &Deadline) -> Result<(), Error> {
        Err(self.why.clone())
    }

    fn delete(&self, _name: &str, _deadline: &Deadline) -> Result<bool, Error> {
        Err(self.why.clone())
    }

    fn list(&self, _deadline: &Deadline) -> Result<Vec<String>, Error> {
        Err(self.why.clone())
    }

    fn refresh(&self, _deadline: &Deadline) -> Result<(), Error> {
        Err(self.why.clone())
    }
}
