//! A plugin that panics when it is asked for `PANIC`, and again while the panic's payload is
//! dropped when it is asked for `TWICE`. The host has to live on.

use prefect_secrets_core::abi::{Plugin, Settings};
use prefect_secrets_core::{Answer, Buffer, Capabilities, Deadline, Error, Form, Provider, Secret};

struct Panics;

struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        panic!("the payload panics as well");
    }
}

impl Provider for Panics {
    fn name(&self) -> &str {
        "panics"
    }

    fn get(&self, name: &str, _deadline: &Deadline) -> Answer {
        match name {
            "PANIC" => panic!("asked to"),
            "TWICE" => std::panic::panic_any(Payload),
            "CALM" => Ok(Some(Secret::new(&"panics".into(), Buffer::copy_of(b"calm"), Form::Text))),
            _ => Ok(None),
        }
    }
}

impl Plugin for Panics {
    const ID: &'static str = "panics";
    const CAPABILITIES: Capabilities = Capabilities::HONORS_DEADLINES;

    fn create(_name: &str, settings: &Settings) -> Result<Self, Error> {
        match settings.get("panic") {
            Some(_) => panic!("asked to"),
            None => Ok(Self),
        }
    }
}

prefect_secrets_core::export_provider!(Panics);
