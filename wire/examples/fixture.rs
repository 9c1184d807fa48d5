//! The plugin that the recorded talks (`wire/exchanges`) were recorded from. Its table stands there.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use prefect_secrets_core::abi::{Plugin, Settings};
use prefect_secrets_core::{
    Answer, Buffer, Capabilities, Deadline, Error, Form, Kind, Provider, Secret,
};

struct Fixture {
    name: Arc<str>,
    /// What was set since the last refresh; `None` for what was deleted.
    written: Mutex<BTreeMap<String, Option<Secret>>>,
}

const NAMES: [&str; 5] = ["ALPHA", "BOTH", "BYTES", "DATED", "NUMBER"];

impl Fixture {
    fn written(&self) -> MutexGuard<'_, BTreeMap<String, Option<Secret>>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn value(&self, text: &[u8], form: Form) -> Answer {
        Ok(Some(Secret::new(&self.name, Buffer::copy_of(text), form)))
    }
}

impl Provider for Fixture {
    fn name(&self) -> &str {
        &self.name
    }

    fn get(&self, name: &str, _: &Deadline) -> Answer {
        if let Some(written) = self.written().get(name) {
            return Ok(written.clone());
        }
        match name {
            "ALPHA" => self.value(b"the value of ALPHA", Form::Text),
            "NUMBER" => self.value(b"{\"n\":42}", Form::Json),
            "BOTH" => self.value(b"007", Form::TextWithJson(Buffer::copy_of(b"7"))),
            "BYTES" => self.value(&[0, 0xff], Form::Text),
            "DATED" => {
                let at = UNIX_EPOCH + Duration::from_secs(4_102_444_800);
                let secret = self.value(b"for a while", Form::Text)?;
                Ok(secret.map(|secret| secret.dated(Some(at), Some("3".into()))))
            }
            "DENIED" => {
                Err(Error::new(Kind::Denied, "this name is not for you", "ask for another one"))
            }
            "DOWN" => {
                Err(Error::new(Kind::Unavailable, "the place does not answer", "try again later"))
            }
            _ => Ok(None),
        }
    }

    fn set(&self, name: &str, value: &Secret, _: &Deadline) -> Result<(), Error> {
        self.written().insert(name.into(), Some(value.clone()));
        Ok(())
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        let was_there = matches!(self.get(name, deadline), Ok(Some(_)));
        if was_there {
            self.written().insert(name.into(), None);
        }
        Ok(was_there)
    }

    fn list(&self, _: &Deadline) -> Result<Vec<String>, Error> {
        let written = self.written();
        let mut names: Vec<String> = NAMES.iter().map(|&name| name.into()).collect();
        names.retain(|name| !written.contains_key(name));
        names.extend(written.iter().filter(|(_, value)| value.is_some()).map(|(n, _)| n.clone()));
        names.sort();
        Ok(names)
    }

    fn refresh(&self, _: &Deadline) -> Result<(), Error> {
        self.written().clear();
        Ok(())
    }
}

impl Plugin for Fixture {
    const ID: &'static str = "fixture";
    const CAPABILITIES: Capabilities = Capabilities::GET_MANY
        .and(Capabilities::SET)
        .and(Capabilities::DELETE)
        .and(Capabilities::LIST)
        .and(Capabilities::REFRESH);

    fn create(name: &str, settings: &Settings) -> Result<Self, Error> {
        if settings.get("refuse").is_some() {
            return Err(Error::invalid("the settings say so", "take refuse out"));
        }
        Ok(Self { name: name.into(), written: Mutex::default() })
    }
}

fn main() -> ExitCode {
    prefect_secrets_wire::serve::plugin::<Fixture>()
}
