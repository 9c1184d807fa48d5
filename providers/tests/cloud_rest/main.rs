//! Prefect 3's dialect against answers that a real server on this machine does not give: those of
//! Prefect Cloud, of proxies, of bad days. The rest is in `tests/prefect3`.
#![cfg(feature = "cloud")]

mod answers;
mod choice;
mod requests;

use std::time::Duration;

use prefect_secrets_core::{Answer, Buffer, Deadline, Error, Form, Provider, Secret};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_providers::cloud::rest::Settings;
use prefect_secrets_stand_in::{Behaviour, Response, StandIn};

const WORKSPACE: &str = "api/accounts/11111111-2222-3333-4444-555555555555/workspaces/\
                         66666666-7777-8888-9999-000000000000";

fn start(behaviour: impl Into<Behaviour>) -> StandIn {
    StandIn::start(behaviour).expect("a port on loopback")
}

/// A client of the API at `path`, with waits that no test has to sleep for.
fn settings(cloud: &StandIn, path: &str) -> Settings {
    let settings = Settings::at(&format!("{}/{path}", cloud.address())).expect("an address");
    let settings = settings.key(Buffer::copy_of(b"seeded-key")).expect("a key");
    settings.retry_waits([0, 10, 10, 10, 10].map(Duration::from_millis))
}

fn server(cloud: &StandIn) -> Cloud {
    Cloud::rest(settings(cloud, "api"))
}

fn workspace(cloud: &StandIn) -> Cloud {
    Cloud::rest(settings(cloud, WORKSPACE))
}

fn block(name: &str, value: &str) -> String {
    format!(r#"{{"id":"ID-{name}","name":"{name}","data":{{"value":{value}}}}}"#)
}

fn found(value: &str) -> Response {
    Response::json(block("x", value))
}

fn get(cloud: &Cloud) -> Answer {
    cloud.get("x", &Deadline::default())
}

fn text_to_set(text: &str) -> Secret {
    Secret::to_set(Buffer::copy_of(text.as_bytes()), Form::Text)
}

/// A failure that shows nothing of what was seeded.
fn clean(error: Error) -> Error {
    let said = format!("{error} {error:?}");
    assert!(!said.contains("seeded"), "{said}");
    assert!(error.provider() == Some("cloud") && !error.next_step().is_empty(), "{said}");
    error
}
