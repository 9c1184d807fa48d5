//! The cloud provider against a real Prefect 3 server from PyPI, once as it comes, once with a
//! password and with tokens against forged requests. What a value should be is Python's to say.
#![cfg(feature = "cloud")]

mod many;
mod outages;
mod values;
mod writing;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use prefect_secrets_core::{Answer, Buffer, Deadline, Error, Form, Provider, Secret};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_providers::cloud::rest::Settings;
use prefect_secrets_testing::Prefect3;
use prefect_secrets_testing::prefect3::{self, Setup};

const AUTH: &str = "admin:pass:with:colons";

/// The server as it comes, and the one that wants a password and tokens. Both are the tests' of
/// this program together; each test keeps secrets of its own. Empty where there is no server.
fn servers() -> &'static [Prefect3] {
    static SERVERS: OnceLock<Vec<Prefect3>> = OnceLock::new();
    // Said by each test that is skipped, not only by the first one.
    if prefect3::python().is_none() {
        return &[];
    }
    SERVERS.get_or_init(|| {
        let guarded =
            Setup { auth_string: Some(AUTH), csrf_seconds: Some(3600), ..Setup::default() };
        // Side by side: each takes seconds.
        std::thread::scope(|scope| {
            let starting = [Setup::default(), guarded]
                .map(|setup| scope.spawn(move || Prefect3::start(&setup)));
            let started = starting.map(|server| server.join().expect("it starts or is skipped"));
            started.into_iter().flatten().collect()
        })
    })
}

/// As `server` is to be asked at `address`, with waits that no test has to sleep for.
fn settings(server: &Prefect3, address: &str) -> Settings {
    let settings = Settings::at(address).unwrap().retry_waits([0, 50, 100].map(millis));
    match server.auth_string() {
        Some(auth) => settings.auth_string(Buffer::copy_of(auth.as_bytes())).unwrap(),
        None => settings,
    }
}

fn client(server: &Prefect3) -> Cloud {
    Cloud::rest(settings(server, server.address()))
}

/// A client among many that write: SQLite lets one of them at a time, and the server answers the
/// others with 503.
fn patient(server: &Prefect3) -> Cloud {
    let waits: Vec<Duration> = (1..=20).map(|i| millis(20 * i)).collect();
    Cloud::rest(settings(server, server.address()).retry_waits(waits))
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn get(cloud: &Cloud, name: &str) -> Answer {
    cloud.get(name, &Deadline::default())
}

fn text_to_set(text: &str) -> Secret {
    Secret::to_set(Buffer::copy_of(text.as_bytes()), Form::Text)
}

fn json_to_set(json: &str) -> Secret {
    Secret::to_set(Buffer::copy_of(json.as_bytes()), Form::Json)
}

/// Again where the server says that it is busy: eight writers of another test do that to it, for longer
/// than the waits of these settings.
fn set(cloud: &Cloud, name: &str, value: &Secret) -> Result<(), Error> {
    let deadline = Deadline::within(Duration::from_secs(120));
    loop {
        match cloud.set(name, value, &deadline) {
            Err(error) if error.what().ends_with("answered 503") && !deadline.should_stop() => {
                std::thread::sleep(millis(100));
            }
            outcome => return outcome,
        }
    }
}

/// An error that shows nothing of a value, and says who failed and what to do next.
fn clean(error: Error) -> Error {
    let said = format!("{error} {error:?}");
    for secret in ["marker", "admin", "colons", "exception_message", "detail"] {
        assert!(!said.contains(secret), "{said}");
    }
    assert_eq!(error.provider(), Some("cloud"), "{said}");
    assert!(!error.next_step().is_empty(), "{said}");
    error
}

fn timed<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let outcome = call();
    (outcome, start.elapsed())
}
