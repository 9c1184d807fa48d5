//! What a stand-in answers.

use serde::Deserialize;

use crate::{Response, Secrets};

/// What a stand-in answers. In JSON `{"secrets": {…}}` or `{"responses": […]}`, as in the recorded
/// cases.
///
/// Read it from text, not from a `serde_json::Value`, which would round long numbers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// A Cloud that keeps these secrets.
    Secrets(Secrets),
    /// These responses in turn, over all connections together; the last one repeats. An empty
    /// script answers 501, which no client retries.
    #[serde(rename = "responses")]
    Script(Vec<Response>),
}

impl From<Secrets> for Behaviour {
    fn from(secrets: Secrets) -> Self {
        Self::Secrets(secrets)
    }
}

impl From<Vec<Response>> for Behaviour {
    fn from(responses: Vec<Response>) -> Self {
        Self::Script(responses)
    }
}
