//! The body of a GraphQL request: a query and its variables.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::Refusal;

/// The values of variables by name, as exact JSON text.
pub(crate) type Given = BTreeMap<String, Box<RawValue>>;

/// What the client posted.
pub(crate) struct Envelope {
    pub(crate) query: String,
    pub(crate) operation: Option<String>,
    pub(crate) given: Given,
}

#[derive(Deserialize)]
struct Posted<'a> {
    query: String,
    #[serde(rename = "operationName")]
    operation: Option<String>,
    #[serde(borrow)]
    variables: Option<&'a RawValue>,
}

impl Envelope {
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let posted: Posted<'_> = serde_json::from_slice(body)
            .map_err(|error| Refusal::not_a_request(format!("POST body: {error}")))?;
        let given = match posted.variables {
            Some(variables) => read_variables(variables.get())
                .map_err(|_| Refusal::not_a_request("Variables are invalid JSON."))?,
            None => None,
        };
        Ok(Self {
            query: posted.query,
            operation: posted.operation,
            given: given.unwrap_or_default(),
        })
    }
}

/// Prefect's client posts variables as JSON inside a JSON string; other clients as an object.
fn read_variables(text: &str) -> serde_json::Result<Option<Given>> {
    if text.starts_with('"') {
        serde_json::from_str(&serde_json::from_str::<String>(text)?)
    } else {
        serde_json::from_str(text)
    }
}
