//! Its get panics; `export_provider!` catches it.

use prefect_secrets_core::abi::{Plugin, Settings};
use prefect_secrets_core::{Answer, Buffer, Capabilities, Deadline, Error, Form, Provider, Secret};

struct Zoo {
    evil: bool,
}

impl Provider for Zoo {
    fn name(&self) -> &str {
        "zoo"
    }

    fn get(&self, name: &str, _deadline: &Deadline) -> Answer {
        if self.evil {
            panic!("as it does");
        }
        let here = name == "ALPHA";
        Ok(here
            .then(|| Secret::new(&"zoo".into(), Buffer::copy_of(b"a value in Rust"), Form::Text)))
    }
}

impl Plugin for Zoo {
    const ID: &'static str = "zoo";
    const CAPABILITIES: Capabilities = Capabilities::HONORS_DEADLINES;

    fn create(_name: &str, settings: &Settings) -> Result<Self, Error> {
        Ok(Self { evil: settings.get("good").is_none() })
    }
}

prefect_secrets_core::export_provider!(Zoo);
