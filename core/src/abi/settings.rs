//! The settings that an instance of a provider is created with.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use crate::buffer::Buffer;
use crate::error::Error;

/// The settings of a provider: one JSON object, which may hold secrets and is wiped.
pub struct Settings(Buffer);

impl Settings {
    /// Settings from the text of a JSON object; `None` if it is anything else.
    pub fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice::<BTreeMap<String, &RawValue>>(json).ok()?;
        Some(Self(Buffer::copy_of(json)))
    }

    /// No settings.
    pub fn none() -> Self {
        Self(Buffer::copy_of(b"{}"))
    }

    /// The JSON object as text.
    pub fn as_json(&self) -> &[u8] {
        self.0.expose()
    }

    /// The settings as a type of the provider's own. *Invalid* says which member was expected,
    /// and never repeats what stood there.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.as_json()).map_err(|error| {
            // The message of serde may quote the value it met; its class and place do not.
            Error::invalid(
                format!(
                    "the settings do not fit this provider ({:?} error at byte {})",
                    error.classify(),
                    error.column()
                ),
                "compare [secrets.providers.NAME.config] with the provider's documentation",
            )
        })
    }

    /// One setting: a string as its text, anything else as JSON; `None` if it is not there.
    pub fn get(&self, key: &str) -> Option<Buffer> {
        let members: BTreeMap<String, &RawValue> = serde_json::from_slice(self.as_json()).ok()?;
        let json = members.get(key)?.get();
        match serde_json::from_str::<String>(json) {
            Ok(text) => Some(Buffer::take(&mut text.into_bytes())),
            Err(_) => Some(Buffer::copy_of(json.as_bytes())),
        }
    }
}
