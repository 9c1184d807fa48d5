//! A GraphQL answer, in the words of the Cloud.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::Response;

/// What a request was answered: errors first, then the data by response key.
#[derive(Default, Serialize)]
pub(crate) struct Answer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_map")]
    data: Vec<(String, Box<RawValue>)>,
}

impl Answer {
    pub(crate) fn add(&mut self, key: &str, value: Box<RawValue>) {
        self.data.push((key.to_owned(), value));
    }

    pub(crate) fn add_absent(&mut self, key: &str) {
        let message = "No value found for the requested key";
        self.add_error(key, message, "INTERNAL_SERVER_ERROR");
        self.add(key, RawValue::NULL.to_owned());
    }

    /// Without data, as recorded.
    pub(crate) fn add_unauthenticated(&mut self, key: &str) {
        self.add_error(key, "Unauthorized", "UNAUTHENTICATED");
    }

    /// An answer to a header that is no bearer token at all.
    pub(crate) fn malformed_authorization() -> Self {
        Self {
            errors: vec![json!({ "message": "Malformed Authorization header" })],
            data: Vec::new(),
        }
    }

    fn add_error(&mut self, key: &str, message: &str, code: &str) {
        self.errors.push(json!({
            "path": [key],
            "message": message,
            "extensions": { "code": code },
        }));
    }

    pub(crate) fn into_response(self) -> Response {
        Response::json(serde_json::to_string(&self).expect("texts and JSON serialize"))
    }
}

fn as_map<S: Serializer>(
    data: &[(String, Box<RawValue>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(data.iter().map(|(key, value)| (key, value)))
}

/// Why a request is refused before anything is asked: a 400, with the codes of Apollo Server, which
/// the Cloud ran on.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: &'static str,
    message: String,
}

impl Refusal {
    pub(crate) fn not_a_request(message: impl Into<String>) -> Self {
        let (code, message) = ("BAD_REQUEST", message.into());
        Self { code, message }
    }

    pub(crate) fn not_graphql(message: impl Into<String>) -> Self {
        let (code, message) = ("GRAPHQL_PARSE_FAILED", message.into());
        Self { code, message }
    }

    pub(crate) fn not_in_the_schema(message: impl Into<String>) -> Self {
        let (code, message) = ("GRAPHQL_VALIDATION_FAILED", message.into());
        Self { code, message }
    }

    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        let (code, message) = ("BAD_USER_INPUT", message.into());
        Self { code, message }
    }

    pub(crate) fn into_response(self) -> Response {
        let error = json!({ "message": self.message, "extensions": { "code": self.code } });
        Response::json(json!({ "errors": [error] }).to_string()).status(400)
    }
}
