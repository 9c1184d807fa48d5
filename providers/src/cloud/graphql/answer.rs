//! What the Cloud's GraphQL answers mean.

use prefect_secrets_core::{Error, Kind};
use reqwest::StatusCode;
use serde_json::value::RawValue;

use crate::cloud::http::Reply;
use crate::cloud::json::{Members, items};

/// A GraphQL answer. Where it came with another status than 2xx, it holds errors.
pub(super) struct Answer<'a> {
    called: &'a str,
    status: StatusCode,
    /// As JSON. There or not is what counts: an empty list fails as well (1.4.1, measured).
    errors: Option<&'a str>,
    data: Option<Members<'a>>,
}

impl<'a> Answer<'a> {
    /// Reads `reply`. Fails if it is no GraphQL answer: an outage, a refusal, a web page.
    pub(super) fn read(reply: &'a Reply, called: &'a str) -> Result<Self, Error> {
        let status = reply.status;
        let members = reply.text().and_then(Members::read);
        let errors = members.as_ref().and_then(|members| members.get("errors"));
        if !status.is_success() && (status != StatusCode::BAD_REQUEST || errors.is_none()) {
            return Err(refusal(status, called));
        }
        let Some(members) = members else {
            return Err(not_graphql(reply, called));
        };
        let data = members.get("data").and_then(Members::read);
        Ok(Self { called, status, errors, data })
    }

    /// The value of one member of `data`, as JSON; `None` if the Cloud has no such secret.
    pub(super) fn member(&self, key: &str) -> Result<Option<&'a str>, Error> {
        if let Some(errors) = self.errors {
            return self.meaning(errors).map(|()| None);
        }
        match self.data.as_ref().and_then(|data| data.get(key)) {
            Some(value) => Ok(Some(value)),
            None => Err(self.incomplete()),
        }
    }

    /// The same for one of several members asked for at once: `None` if nothing is said of it.
    /// An error counts for the member that its path names.
    pub(super) fn one_of_many(&self, key: &str) -> Option<Result<Option<&'a str>, Error>> {
        if let Some(errors) = self.errors {
            let errors = items(errors)?;
            let whose = |error: &RawValue| path(error.get());
            if let Some(own) = errors.iter().find(|error| whose(error).as_deref() == Some(key)) {
                return Some(self.meaning(own.get()).map(|()| None));
            }
            if errors.is_empty() || errors.iter().any(|error| whose(error).is_none()) {
                return None;
            }
        }
        let value = self.data.as_ref().and_then(|data| data.get(key))?;
        // A null beside errors may be the trace of another member's error.
        let doubtful = value == "null" && self.errors.is_some();
        (!doubtful).then_some(Ok(Some(value)))
    }

    /// The failure of all members at once, if the key is what is wrong.
    pub(super) fn denied(&self) -> Option<Error> {
        let error = self.meaning(self.errors?).err()?;
        (error.kind() == Kind::Denied).then_some(error)
    }

    /// What `errors`, one or all as JSON, say: `Ok` that there is no such secret.
    fn meaning(&self, errors: &str) -> Result<(), Error> {
        let called = self.called;
        if self.says_absent(errors) {
            return Ok(());
        }
        if errors.contains("UNAUTHENTICATED") || errors.contains("Malformed Authorization header") {
            return Err(denied(called));
        }
        if self.status == StatusCode::BAD_REQUEST {
            return Err(Error::invalid(
                format!("{called} does not accept the request (400)"),
                "check that cloud.api is the address of a Prefect 1 GraphQL API",
            ));
        }
        Err(Error::new(
            Kind::Unavailable,
            format!("{called} answered with errors"),
            "try later; if it stays so, look at the secret and the key in the Cloud itself",
        ))
    }

    /// Whether `errors` hold the phrase for a name that the Cloud has not got.
    ///
    /// In a 400 Prefect 1.4.1 wraps code and message of each error at 80 characters, and does not
    /// recognise a phrase that was wrapped (measured).
    fn says_absent(&self, errors: &str) -> bool {
        const PHRASE: &str = "No value found for the requested key";
        if self.status != StatusCode::BAD_REQUEST {
            return errors.contains(PHRASE);
        }
        let one = Members::read(errors).is_some();
        let all = if one { None } else { items(errors) };
        let within = |error: &str| {
            let Some(error) = Members::read(error) else { return false };
            let Some(message) = error.get("message") else { return false };
            let code = error.get("extensions").and_then(Members::read);
            let code = code.and_then(|extensions| extensions.get("code"));
            // Each within its quotes, and a colon and a space between them.
            let before =
                code.map_or("UNKNOWN_ERROR".len(), |code| code.len().saturating_sub(2)) + 2;
            message.find(PHRASE).is_some_and(|at| before + at - 1 + PHRASE.len() <= 80)
        };
        match all {
            Some(all) => all.iter().any(|error| within(error.get())),
            None => within(errors),
        }
    }

    /// The failure of an answer that lacks what was asked for.
    pub(super) fn incomplete(&self) -> Error {
        Error::new(
            Kind::Unavailable,
            format!("{} answered without the data asked for", self.called),
            "check that cloud.api is the address of a Prefect 1 GraphQL API",
        )
    }
}

/// Whether a reply is one that Prefect tries again: 429, 500, 502, 503, 504, 413 with a
/// `Retry-After`, and the Cloud's own `API_ERROR` (1.4.1, measured).
pub(super) fn passes(reply: &Reply) -> bool {
    match reply.status.as_u16() {
        429 | 500 | 502 | 503 | 504 => true,
        413 => reply.retry_after().is_some(),
        200..=299 => {
            // Looked for before it is read, because almost no reply has it.
            const CODE: &[u8] = b"API_ERROR";
            let mut windows = reply.body().windows(CODE.len());
            windows.any(|window| window == CODE)
                && reply
                    .text()
                    .and_then(Members::read)
                    .and_then(|members| members.get("errors"))
                    .is_some_and(|errors| errors.contains("API_ERROR"))
        }
        _ => false,
    }
}

/// The first key of an error's path.
fn path(error: &str) -> Option<String> {
    let path = Members::read(error)?.get("path")?;
    serde_json::from_str(items(path)?.first()?.get()).ok()
}

fn denied(called: &str) -> Error {
    Error::new(
        Kind::Denied,
        format!("{called} does not accept the API key, or got none"),
        "check cloud.api_key and cloud.tenant_id",
    )
}

fn refusal(status: StatusCode, called: &str) -> Error {
    let said = format!("{called} answered {}", status.as_u16());
    match status.as_u16() {
        401 | 403 => denied(called),
        300..=399 => Error::invalid(
            format!("{said}: it sends the request to another host, or in a circle"),
            "set cloud.api to the address that is meant; the key is sent to no other host",
        ),
        408 | 413 | 425 | 429 | 500..=599 => {
            Error::new(Kind::Unavailable, said, "try later, or allow more time for another try")
        }
        _ => Error::invalid(said, "check that cloud.api is the address of a Prefect 1 GraphQL API"),
    }
}

fn not_graphql(reply: &Reply, called: &str) -> Error {
    let what = reply.instead_of_json();
    Error::new(
        Kind::Unavailable,
        format!("{called} answered with {what}"),
        "check that cloud.api is the address of its API, and that no proxy answers in its stead",
    )
}
