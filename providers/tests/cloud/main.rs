//! The cloud provider against a real server on loopback.
#![cfg(feature = "cloud")]

mod apart;
mod failures;
mod many;
mod redirects;
mod retries;
mod runtime;
mod values;

use std::time::{Duration, Instant};

use prefect_secrets_core::{Buffer, Deadline, Error, Provider};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_providers::cloud::graphql::Settings;
use prefect_secrets_stand_in::{Behaviour, StandIn};

/// Stands in every seeded value, so that nothing printed may hold it.
const VALUE: &str = "seeded-value-7f3a";
const KEY: &str = "seeded-key-90bd";
const TENANT: &str = "11111111-2222-3333-4444-555555555555";

fn start(behaviour: impl Into<Behaviour>) -> StandIn {
    StandIn::start(behaviour).expect("a port on loopback")
}

/// As the stand-in is to be asked, with waits that no test has to sleep for.
fn settings(cloud: &StandIn) -> Settings {
    let settings = Settings::at(&cloud.address()).expect("an address");
    let settings = settings.key(Buffer::copy_of(KEY.as_bytes())).expect("a key");
    settings.retry_waits([0, 10, 10, 10, 10, 10].map(Duration::from_millis))
}

fn client(cloud: &StandIn) -> Cloud {
    Cloud::graphql(settings(cloud))
}

fn text(cloud: &Cloud, name: &str) -> String {
    let secret = cloud.get(name, &Deadline::default()).expect("an answer").expect("a secret");
    String::from_utf8(secret.expose_text().to_vec()).expect("UTF-8")
}

/// The failure of a get, with nothing in it that must not be seen.
fn failure(cloud: &Cloud) -> Error {
    clean(cloud.get("X", &Deadline::default()).expect_err("a failure"))
}

fn clean(error: Error) -> Error {
    let said = format!("{error} {error:?}");
    assert!(!said.contains("seeded"), "{said}");
    assert_eq!(error.provider(), Some("cloud"), "{said}");
    assert!(!error.next_step().is_empty() && !said.contains("reqwest"), "{said}");
    error
}

fn timed<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let outcome = call();
    (outcome, start.elapsed())
}
