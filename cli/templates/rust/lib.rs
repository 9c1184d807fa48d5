//! @NAME@: a provider of secrets.
//!
//! It has one secret, `GREETING`, whose value is the setting `greeting`. Put your own place into
//! `create` and `get`.

use std::sync::Arc;

use prefect_secrets_core::abi::{Plugin, Settings};
use prefect_secrets_core::{Answer, Buffer, Capabilities, Deadline, Error, Form, Provider, Secret};

/// One instance: what configuration calls it, and its settings.
struct Greeter {
    name: Arc<str>,
    greeting: Buffer,
}

impl Provider for Greeter {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Self::CAPABILITIES
    }

    /// `Ok(None)` lets the chain go on to the next provider. An outage of your place is a failure:
    /// its error says what happened and what to do next, and never a value.
    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        if deadline.should_stop() {
            return Err(deadline.passed("the greeting was looked up"));
        }
        let here = name == "GREETING";
        let secret = || Secret::new(&self.name, Buffer::copy_of(self.greeting.expose()), Form::Text);
        Ok(here.then(secret))
    }
}

impl Plugin for Greeter {
    const ID: &'static str = "@NAME@";
    /// Every call returns by its deadline. Take it out if that is not true of yours.
    const CAPABILITIES: Capabilities = Capabilities::HONORS_DEADLINES;

    fn create(name: &str, settings: &Settings) -> Result<Self, Error> {
        let greeting = settings.get("greeting").ok_or_else(|| {
            Error::invalid("the setting `greeting` is missing", "set it to what GREETING should be")
        })?;
        Ok(Self { name: name.into(), greeting })
    }
}

prefect_secrets_core::export_provider!(Greeter);
