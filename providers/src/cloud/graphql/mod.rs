//! The GraphQL dialect of Prefect 1.

mod answer;
mod configured;
mod settings;

use std::fmt::Write as _;
use std::sync::Arc;

use prefect_secrets_core::{Answer as Found, Buffer, Deadline, Error, Form, Kind, Secret, value};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use self::answer::{Answer, passes};
use super::Cloud;
use super::dialect::Dialect;
use super::http::{Call, Client, Patience, Peer, Persistence, Reply, Trust, authorization, wiped};
use super::json;

pub(super) use self::configured::Configured;
pub use self::settings::Settings;

const GET: &str = "query($name: String!) { secret_value(name: $name) }";
const NAMES: &str = "query{secret_names}";
const SET: &str = "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }";
const DELETE: &str = "mutation($name: String!) { delete_secret(input: {name: $name}) { success } }";

/// The version that requests say they come from: the last of Prefect 1.
const CORE_VERSION: HeaderValue = HeaderValue::from_static("1.4.1");
/// The most names in one request.
const MOST_NAMES: usize = 200;

/// A Prefect 1 Cloud: every request is a `POST` to the address as it stands.
pub(super) struct GraphQl {
    provider: Arc<str>,
    client: Client,
    /// Every request but its body.
    call: Call,
}

impl GraphQl {
    pub(super) fn new(settings: Settings) -> Self {
        let peer = Peer {
            called: format!("Prefect Cloud at {}", settings.address.host()),
            address: "cloud.api",
            timeout: "cloud.request_timeout",
            authorities: "SSL_CERT_FILE",
        };
        // As Prefect 1.4.1 does it (measured).
        let persistence =
            Persistence { passes, unknown_places: true, exact_pauses: true, jitter: 0.0 };
        let patience =
            Patience::new(peer, settings.request_timeout, settings.retry_waits, persistence);
        let call = Call {
            method: Method::POST,
            url: settings.address.url().clone(),
            headers: Arc::new(headers(settings.key, settings.tenant)),
            body: None,
        };
        let client = Client::new(&settings.address, Trust::System, patience);
        Self { provider: Cloud::NAME.into(), client, call }
    }

    /// Sends `query`. `variables` go as JSON inside a JSON string, as Prefect's client sends them.
    fn ask(
        &self,
        query: &str,
        variables: &impl Serialize,
        deadline: &Deadline,
    ) -> Result<Reply, Error> {
        #[derive(serde::Serialize)]
        struct Envelope<'a> {
            query: &'a str,
            variables: &'a str,
        }
        let unwritable = |_| Error::new(Kind::Internal, "the request is no JSON", "report this");
        let variables = Buffer::json(variables).map_err(unwritable)?;
        let variables = std::str::from_utf8(variables.expose()).expect("JSON is UTF-8");
        let body = Buffer::json(&Envelope { query, variables }).map_err(unwritable)?;
        self.client.send(Call { body: Some(wiped(body)), ..self.call.clone() }, deadline)
    }

    fn answer<'a>(&'a self, reply: &'a Reply) -> Result<Answer<'a>, Error> {
        Answer::read(reply, &self.client.peer().called)
    }

    /// A value as the Cloud wrote it.
    fn secret(&self, json: &str) -> Result<Secret, Error> {
        if !json.starts_with('"') {
            return Ok(Secret::new(&self.provider, value::read(json), Form::Json));
        }
        let text = json::unquote(json).ok_or_else(|| {
            Error::invalid(
                "the value in Prefect Cloud is no Unicode text",
                "store it again; bytes can be stored in Base64",
            )
        })?;
        Ok(Secret::new(&self.provider, text, Form::Text))
    }

    /// Asks for `names` in one request, and fills in what it says of each; of some it may say
    /// nothing. `false` if the whole was refused where the parts may not be: it was too large.
    fn ask_at_once(
        &self,
        names: &[&str],
        deadline: &Deadline,
        mut found: impl FnMut(usize, Found),
    ) -> Result<bool, Error> {
        let mut query = String::from("query(");
        for i in 0..names.len() {
            let _ = write!(query, "$n{i}: String! ");
        }
        query.push_str(") {");
        for i in 0..names.len() {
            let _ = write!(query, " n{i}: secret_value(name: $n{i})");
        }
        query.push_str(" }");
        let reply = match self.ask(&query, &Numbered(names), deadline) {
            Err(error) if error.kind() == Kind::Invalid => return Ok(false),
            reply => reply?,
        };
        if matches!(reply.status.as_u16(), 400 | 413) {
            return Ok(false);
        }
        let answer = self.answer(&reply)?;
        for i in 0..names.len() {
            if let Some(said) = answer.one_of_many(&format!("n{i}")) {
                found(i, said.and_then(|json| json.map(|json| self.secret(json)).transpose()));
            } else if let Some(denied) = answer.denied() {
                found(i, Err(denied));
            }
        }
        Ok(true)
    }

    /// The outcome of a mutation; `None` if there was no such secret.
    fn success(&self, reply: &Reply, field: &str) -> Result<Option<bool>, Error> {
        let answer = self.answer(reply)?;
        let Some(payload) = answer.member(field)? else { return Ok(None) };
        match json::Members::read(payload).and_then(|payload| payload.get("success")) {
            Some(success) => Ok(Some(success == "true")),
            None => Err(answer.incomplete()),
        }
    }
}

impl Dialect for GraphQl {
    fn called(&self) -> &str {
        &self.client.peer().called
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Found {
        let reply = self.ask(GET, &Named { name }, deadline)?;
        let json = self.answer(&reply)?.member("secret_value")?;
        json.map(|json| self.secret(json)).transpose()
    }

    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Found> {
        let mut answers: Vec<Option<Found>> = names.iter().map(|_| None).collect();
        let all: Vec<usize> = (0..names.len()).collect();
        for some in all.chunks(MOST_NAMES) {
            let mut open = some.to_vec();
            while open.len() > 1 {
                let asked: Vec<_> = open.iter().map(|&i| names[i]).collect();
                let before = open.len();
                match self.ask_at_once(&asked, deadline, |i, found| answers[open[i]] = Some(found))
                {
                    // It did not take the whole; perhaps it takes the parts.
                    Ok(false) => break,
                    Err(error) => open.iter().for_each(|&i| answers[i] = Some(Err(error.clone()))),
                    Ok(true) => {}
                }
                open.retain(|&i| answers[i].is_none());
                if open.len() == before {
                    break;
                }
            }
            for i in open {
                answers[i] = Some(self.get(names[i], deadline));
            }
        }
        answers.into_iter().map(|answer| answer.expect("every name was asked for")).collect()
    }

    /// Looks at the list of names, as Prefect does: no value travels.
    fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        Ok(self.list(deadline)?.iter().any(|listed| listed == name))
    }

    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        #[derive(serde::Serialize)]
        struct Variables<'a> {
            input: Input<'a>,
        }
        #[derive(serde::Serialize)]
        struct Input<'a> {
            name: &'a str,
            value: Stored<'a>,
        }
        let input = Input { name, value: stored(value)? };
        let reply = self.ask(SET, &Variables { input }, deadline)?;
        match self.success(&reply, "set_secret")? {
            Some(true) => Ok(()),
            _ => Err(Error::new(
                Kind::Unavailable,
                format!("{} did not store the secret", self.client.peer().called),
                "look at the key's permissions and the secret in the Cloud itself",
            )),
        }
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        let reply = self.ask(DELETE, &Named { name }, deadline)?;
        Ok(self.success(&reply, "delete_secret")?.unwrap_or(false))
    }

    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        let reply = self.ask(NAMES, &None::<()>, deadline)?;
        let answer = self.answer(&reply)?;
        let names = answer.member("secret_names")?;
        names.and_then(|json| serde_json::from_str(json).ok()).ok_or_else(|| answer.incomplete())
    }
}

#[derive(serde::Serialize)]
struct Named<'a> {
    name: &'a str,
}

/// The variables `n0`, `n1`, ...
struct Numbered<'a>(&'a [&'a str]);

impl Serialize for Numbered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().enumerate().map(|(i, name)| (format!("n{i}"), name)))
    }
}

/// A value as it is sent: any JSON.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Stored<'a> {
    Text(&'a str),
    Json(&'a RawValue),
}

/// Text goes as a string, whatever it reads as; everything else as its JSON view.
fn stored(value: &Secret) -> Result<Stored<'_>, Error> {
    let refused = |what: &'static str, next: &'static str| Error::invalid(what, next);
    match value.form() {
        Form::Text | Form::Verbatim | Form::Cast(_) => std::str::from_utf8(value.expose_text())
            .map(Stored::Text)
            .map_err(|_| refused("the value is not UTF-8", "bytes can be stored in Base64")),
        Form::Json | Form::TextWithJson(_) => serde_json::from_str(value.expose_json()?)
            .map(Stored::Json)
            .map_err(|_| refused("the value is not JSON", "give one JSON document, or text")),
    }
}

fn headers(key: Option<Buffer>, tenant: Option<String>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-prefect-core-version", CORE_VERSION);
    let Some(key) = key else { return headers };
    if let Some(tenant) = tenant {
        let tenant = HeaderValue::from_maybe_shared(tenant).expect("digits and dashes");
        headers.insert("x-prefect-tenant-id", tenant);
    }
    headers.insert(AUTHORIZATION, authorization(b"Bearer ", key.expose()));
    headers
}
