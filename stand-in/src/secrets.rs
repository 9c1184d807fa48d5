//! A Cloud that keeps secrets in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::answer::{Answer, Refusal};
use crate::call::{Action, Call};
use crate::envelope::Envelope;
use crate::{Request, Response};

/// The secrets of a Cloud, the key it asks for, and how long it takes.
///
/// In JSON an object from names to values. Values are kept and answered as the very text they came
/// in, so that numbers keep every digit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<String, Box<RawValue>>")]
pub struct Secrets {
    values: BTreeMap<String, Box<RawValue>>,
    key: Option<String>,
    delay: Duration,
}

impl From<BTreeMap<String, Box<RawValue>>> for Secrets {
    fn from(values: BTreeMap<String, Box<RawValue>>) -> Self {
        Self { values, ..Self::default() }
    }
}

impl Secrets {
    /// No secrets, no key asked for, no delay.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with this secret; `json` is its value as JSON text.
    ///
    /// # Panics
    /// If `json` is not JSON.
    pub fn with(mut self, name: impl Into<String>, json: impl Into<String>) -> Self {
        let value = RawValue::from_string(json.into()).expect("the value of a secret is JSON");
        self.values.insert(name.into(), value);
        self
    }

    /// The same, answering only requests with `Authorization: Bearer` and this key. Others get
    /// what was recorded of the Cloud: a 200 whose `errors` say `UNAUTHENTICATED`, or `Malformed
    /// Authorization header` if the header does not start with `Bearer `.
    pub fn requiring_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The same, each answer sent this long after its request.
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(crate) fn answer(&mut self, request: &Request) -> Response {
        let response = if request.method == "POST" {
            self.run(request).unwrap_or_else(Refusal::into_response)
        } else {
            Response::body("Only POST is answered here.\n").status(405).header("Allow", "POST")
        };
        response.delay(self.delay)
    }

    fn run(&mut self, request: &Request) -> Result<Response, Refusal> {
        let authorization = request.header("Authorization");
        let presented = authorization.map(|header| header.strip_prefix("Bearer "));
        if self.key.is_some() && presented == Some(None) {
            return Ok(Answer::malformed_authorization().into_response());
        }
        let calls = Call::read_all(&Envelope::read(&request.body)?)?;
        let welcome = self.key.is_none() || presented.flatten() == self.key.as_deref();
        let mut answer = Answer::default();
        for call in calls {
            if welcome {
                self.perform(call, &mut answer);
            } else {
                answer.add_unauthenticated(&call.key);
            }
        }
        Ok(answer.into_response())
    }

    fn perform(&mut self, call: Call, answer: &mut Answer) {
        let key = &call.key;
        match call.action {
            Action::Get { name } => match self.values.get(&name) {
                Some(value) => answer.add(key, value.clone()),
                None => answer.add_absent(key),
            },
            Action::Names => answer.add(key, raw(&self.values.keys().collect::<Vec<_>>())),
            Action::Set { input, payload } => {
                self.values.insert(input.name, input.value);
                answer.add(key, success(payload, true));
            }
            Action::Delete { name, payload } => {
                let deleted = self.values.remove(&name).is_some();
                answer.add(key, success(payload, deleted));
            }
        }
    }
}

fn success(payload: Vec<String>, success: bool) -> Box<RawValue> {
    let members: BTreeMap<_, _> = payload.into_iter().map(|key| (key, success)).collect();
    raw(&members)
}

fn raw(value: &impl serde::Serialize) -> Box<RawValue> {
    to_raw_value(value).expect("names and flags serialize")
}
