//! What a Cloud can answer beside a value.

use std::time::Duration;

use prefect_secrets_core::{Buffer, Deadline, Form, Kind, Provider, Secret};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_providers::cloud::graphql::Settings;
use prefect_secrets_stand_in::{Response, Secrets};

use crate::{KEY, VALUE, clean, client, failure, settings, start};

fn errors(message: &str, code: &str) -> Response {
    Response::json(format!(
        r#"{{"errors":[{{"path":["secret_value"],"message":"{message} {VALUE}","extensions":{{"code":"{code}"}}}}]}}"#
    ))
}

fn kind(response: Response) -> Kind {
    let cloud = start(vec![response]);
    let error = failure(&Cloud::graphql(settings(&cloud).retry_waits([])));
    assert_eq!(error.name(), Some("X"));
    error.kind()
}

#[test]
fn the_phrase_is_absence_whatever_stands_around_it() {
    const PHRASE: &str = "No value found for the requested key";
    for response in [
        errors(PHRASE, "INTERNAL_SERVER_ERROR"),
        errors(PHRASE, "UNAUTHENTICATED"),
        errors(&format!("xx {PHRASE} yy"), "INTERNAL_SERVER_ERROR"),
        errors(PHRASE, "INTERNAL_SERVER_ERROR").status(400),
    ] {
        let cloud = start(vec![response]);
        let provider = client(&cloud);
        assert!(provider.get("X", &Deadline::default()).unwrap().is_none());
        assert!(!provider.delete("X", &Deadline::default()).unwrap());
    }
    let lower = errors("no value found for the requested key", "INTERNAL_SERVER_ERROR");
    assert_eq!(kind(lower), Kind::Unavailable);
    let wrapped =
        errors(&format!("Something long enough to wrap: {PHRASE}"), "INTERNAL_SERVER_ERROR");
    assert_eq!(kind(wrapped.status(400)), Kind::Invalid, "as Prefect reads it");
}

#[test]
fn a_key_that_is_not_accepted_is_denied() {
    let cloud = start(Secrets::new().with("X", "1").requiring_key("another"));
    let provider = client(&cloud);
    let error = failure(&provider);
    assert_eq!(error.kind(), Kind::Denied);
    assert!(error.next_step().contains("cloud.api_key"));
    for outcome in [
        provider.list(&Deadline::default()).map(drop),
        provider.exists("X", &Deadline::default()).map(drop),
        provider.delete("X", &Deadline::default()).map(drop),
    ] {
        assert_eq!(clean(outcome.unwrap_err()).kind(), Kind::Denied);
    }
    let malformed = r#"{"errors":[{"message":"Malformed Authorization header"}]}"#;
    assert_eq!(kind(Response::json(malformed)), Kind::Denied);
    assert_eq!(kind(errors("x", "UNAUTHENTICATED").status(401)), Kind::Denied);
    assert_eq!(kind(Response::body(VALUE).status(403)), Kind::Denied);
}

#[test]
fn everything_else_is_a_failure_and_no_body_is_in_it() {
    let data = format!(r#""data":{{"secret_value":"{VALUE}"}}"#);
    for (response, wanted) in [
        (errors("x", "VERSION_LOCKING_ERROR"), Kind::Unavailable),
        (Response::json(r#"{"errors":"seeded"}"#), Kind::Unavailable),
        (Response::json(r#"{"errors":["seeded"]}"#), Kind::Unavailable),
        (Response::json(format!(r#"{{"errors":[],{data}}}"#)), Kind::Unavailable),
        (Response::json(format!(r#"{{"errors":null,{data}}}"#)), Kind::Unavailable),
        (Response::json(r#"{"data":null}"#), Kind::Unavailable),
        (Response::json(r#"{"data":{"other":"seeded"}}"#), Kind::Unavailable),
        (Response::json(r#"{"seeded":1}"#), Kind::Unavailable),
        (Response::json("null"), Kind::Unavailable),
        (Response::json(r#""seeded""#), Kind::Unavailable),
        (Response::json(r#"{"data":{"secret_value":"seeded"#), Kind::Unavailable),
        (Response::body(""), Kind::Unavailable),
        (Response::body("<html>seeded</html>"), Kind::Unavailable),
        (
            Response::body(b"{\"data\":{\"secret_value\":\"seeded\xff\"}}".to_vec()),
            Kind::Unavailable,
        ),
        (Response::body(VALUE).status(400), Kind::Invalid),
        (errors("x", "GRAPHQL_VALIDATION_FAILED").status(400), Kind::Invalid),
        (Response::body(VALUE).status(404), Kind::Invalid),
        (Response::body(VALUE).status(422), Kind::Invalid),
        (Response::body(VALUE).status(408), Kind::Unavailable),
        (Response::body(VALUE).status(413), Kind::Unavailable),
        (Response::body(VALUE).status(429), Kind::Unavailable),
        (Response::body(VALUE).status(500), Kind::Unavailable),
        (Response::body(VALUE).status(501), Kind::Unavailable),
        (Response::body(VALUE).status(503), Kind::Unavailable),
        (Response::raw("seeded, and no HTTP\r\n\r\n"), Kind::Unavailable),
        (Response::close(), Kind::Unavailable),
    ] {
        let shown = format!("{response:?}");
        assert_eq!(kind(response), wanted, "{shown}");
    }
}

#[test]
fn a_web_page_is_called_one() {
    let cloud = start(vec![Response::body("\n<!doctype html>seeded")]);
    let error = failure(&client(&cloud));
    assert!(
        error.what().contains("web page") && error.next_step().contains("cloud.api"),
        "{error}"
    );
}

#[test]
fn more_than_16_mib_is_refused() {
    let large = format!(r#"{{"data":{{"secret_value":"{}"}}}}"#, "seeded-".repeat((16 << 20) / 7));
    assert_eq!(kind(Response::json(large.clone())), Kind::Invalid);
    let until_close = format!("HTTP/1.0 200 OK\r\n\r\n{large}");
    assert_eq!(kind(Response::raw(until_close)), Kind::Invalid);
    let announced = Response::body("").header("Content-Length", "99999999999999999999");
    assert_ne!(kind(announced), Kind::Internal);
    let fits = format!(r#"{{"data":{{"secret_value":"{}"}}}}"#, "v".repeat((16 << 20) - 40));
    let cloud = start(vec![Response::json(fits)]);
    assert!(client(&cloud).get("X", &Deadline::default()).unwrap().is_some());
}

#[test]
fn a_failed_set_does_not_show_the_value() {
    let value = || Secret::to_set(Buffer::copy_of(VALUE.as_bytes()), Form::Text);
    for response in [
        Response::json(r#"{"data":{"set_secret":{"success":false}}}"#),
        Response::json(r#"{"data":{"set_secret":null}}"#),
        Response::json(r#"{"data":{}}"#),
        errors("x", "BAD_USER_INPUT"),
        errors("x", "BAD_USER_INPUT").status(400),
        errors("No value found for the requested key", "x"),
        Response::body(VALUE).status(422),
        Response::body(VALUE).status(500),
        Response::close(),
    ] {
        let shown = format!("{response:?}");
        let cloud = start(vec![response]);
        let provider = Cloud::graphql(settings(&cloud).retry_waits([]));
        let error = provider.set("X", &value(), &Deadline::default()).expect_err(&shown);
        assert_eq!(clean(error).name(), Some("X"));
    }
}

#[test]
fn where_nothing_listens_is_unavailable_and_named() {
    let address = start(Secrets::new()).address();
    let settings = Settings::at(&address).unwrap().key(Buffer::copy_of(KEY.as_bytes())).unwrap();
    let provider = Cloud::graphql(settings.retry_waits([Duration::ZERO]));
    let error = failure(&provider);
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.what().contains(address.trim_start_matches("http://")), "{error}");
    assert!(error.what().to_lowercase().contains("refused"), "{error}");
}

#[test]
fn settings_given_are_checked_and_not_shown() {
    let at = |address: &str| Settings::at(address).map(drop).unwrap_err();
    let good = || Settings::at("http://127.0.0.1:9").unwrap();
    for error in [
        at("seeded"),
        at("ftp://seeded"),
        at("http://me:seeded@h"),
        good().key(Buffer::copy_of(b"seeded\n")).map(drop).unwrap_err(),
        good().tenant("seeded").map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(!format!("{error} {error:?}").contains("seeded"), "{error}");
    }
}
