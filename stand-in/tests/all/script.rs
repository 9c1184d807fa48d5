//! Scripts: responses in turn, in the shapes of the recorded cases.

use std::time::{Duration, Instant};

use prefect_secrets_stand_in::{Behaviour, Response, Secrets, StandIn};
use serde::Deserialize;

use crate::wire::{Wire, header, post};

fn play(script: &str) -> (StandIn, Wire) {
    let behaviour: Behaviour = serde_json::from_str(script).unwrap();
    let stand_in = StandIn::start(behaviour).unwrap();
    let wire = Wire::connect(stand_in.port());
    (stand_in, wire)
}

#[test]
fn responses_come_in_turn_and_the_last_repeats() {
    let (stand_in, mut wire) = play(
        r#"{"responses": [{"status": 503, "body": "x", "headers": {"Retry-After": "7"}},
            {"status": 201, "json": {"data": {"secret_value":  1.10}}}]}"#,
    );
    let first = wire.post("{}", "");
    assert_eq!((first.status, &*first.body), (503, "x"));
    assert_eq!(header(&first.head, "Retry-After"), Some("7"));
    assert_eq!(header(&first.head, "Content-Type"), None);
    // The turn belongs to the server, not to a connection.
    for mut wire in [wire, Wire::connect(stand_in.port())] {
        let answer = wire.post("{}", "");
        assert_eq!((answer.status, &*answer.body), (201, r#"{"data": {"secret_value":  1.10}}"#));
        assert_eq!(header(&answer.head, "Content-Type"), Some("application/json"));
    }
}

#[test]
fn close_ends_a_connection_without_an_answer() {
    let (stand_in, mut wire) = play(r#"{"responses": [{"close": true}, {"json": {"a": 1}}]}"#);
    wire.send(post("{}", ""));
    assert_eq!(wire.rest(), b"");
    assert_eq!(Wire::connect(stand_in.port()).post("{}", "").body, r#"{"a": 1}"#);
    assert_eq!(stand_in.requests().len(), 2);
}

#[test]
fn close_after_an_answer_is_announced() {
    let (_stand_in, mut wire) = play(r#"{"responses": [{"body": "bye", "close": true}]}"#);
    let answer = wire.post("{}", "");
    assert_eq!(&*answer.body, "bye");
    assert_eq!(header(&answer.head, "Connection"), Some("close"));
    assert_eq!(wire.rest(), b"");
}

#[test]
fn raw_is_sent_as_it_is_and_ends_the_connection() {
    let raw = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\": 1}";
    let script = format!(r#"{{"responses": [{{"raw": {raw:?}}}, {{"raw_b64": "AP8="}}]}}"#);
    let (stand_in, mut wire) = play(&script);
    wire.send(post("{}", ""));
    assert_eq!(wire.rest(), raw.as_bytes());
    let mut wire = Wire::connect(stand_in.port());
    wire.send(post("{}", ""));
    assert_eq!(wire.rest(), [0, 255]);
}

#[test]
fn a_body_may_be_any_bytes_under_any_header() {
    let (_stand_in, mut wire) = play(
        r#"{"responses": [{"body_b64": "eyJkYXRhIjogeyJzZWNyZXRfdmFsdWUiOiAicMOkc3MifX0=",
            "headers": {"content-type": "text/plain"}},
            {"json": "hi", "headers": {"content-type": "text/plain", "Content-Length": "1"}}]}"#,
    );
    let answer = wire.post("{}", "");
    assert_eq!(&*answer.body, r#"{"data": {"secret_value": "päss"}}"#);
    let answer = wire.post("{}", "");
    assert_eq!(header(&answer.head, "Content-Length"), Some("1"));
    assert_eq!(answer.head.to_lowercase().matches("content-").count(), 2);
}

#[test]
fn json_null_is_an_answer_and_no_content_is_an_empty_one() {
    let (_stand_in, mut wire) = play(r#"{"responses": [{"json": null}, {"status": 204}, {}]}"#);
    assert_eq!(&*wire.post("{}", "").body, "null");
    let answer = wire.post("{}", "");
    assert_eq!((answer.status, header(&answer.head, "Content-Length")), (204, None));
    let answer = wire.post("{}", "");
    assert_eq!((answer.status, header(&answer.head, "Content-Length")), (200, Some("0")));
}

#[test]
fn a_delay_is_kept() {
    let (_stand_in, mut wire) = play(r#"{"responses": [{"delay_ms": 150, "body": ""}]}"#);
    let started = Instant::now();
    wire.post("{}", "");
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[test]
fn what_is_no_response_is_refused() {
    for response in [
        r#"{"body": "a", "json": 1}"#,
        r#"{"raw": "a", "raw_b64": ""}"#,
        r#"{"body_b64": "?"}"#,
        r#"{"delay": 1}"#,
        r#"{"status": "200"}"#,
    ] {
        assert!(serde_json::from_str::<Response>(response).is_err(), "{response}");
    }
}

#[test]
fn a_line_of_the_recordings_reads_as_it_is() {
    #[derive(Deserialize)]
    struct Line {
        case: Case,
    }
    #[derive(Deserialize)]
    struct Case {
        cloud: Option<Behaviour>,
    }
    let read = |line: &str| serde_json::from_str::<Line>(line).unwrap().case.cloud;
    let local = r#"{"case": {"id": "env-value-001", "op": "get", "name": "X"}, "expected": {}}"#;
    assert!(read(local).is_none());
    let secrets = r#"{"case": {"cloud": {"secrets": {"X": 1.50, "${x}": null}}}, "expected": {}}"#;
    let stand_in = StandIn::start(read(secrets).unwrap()).unwrap();
    let answer = Wire::connect(stand_in.port()).get("X");
    assert_eq!(answer.body, r#"{"data":{"secret_value":1.50}}"#);
    let responses = r#"{"case": {"cloud": {"responses": [{"status": 302, "body": "",
        "headers": {"Location": "{{API}}/new"}}]}}, "expected": {}}"#;
    assert!(matches!(read(responses), Some(Behaviour::Script(script)) if script.len() == 1));
}

#[test]
fn a_behaviour_is_replaced_from_its_start() {
    let script = || vec![Response::body("1"), Response::body("2").status(500)];
    let stand_in = StandIn::start(script()).unwrap();
    let mut wire = Wire::connect(stand_in.port());
    assert_eq!(wire.post("{}", "").body, "1");
    assert_eq!(wire.post("{}", "").body, "2");
    stand_in.replace(script());
    assert_eq!(wire.post("{}", "").body, "1");
    stand_in.replace(Secrets::new().with("X", "7"));
    assert_eq!(wire.get("X").body, r#"{"data":{"secret_value":7}}"#);
    stand_in.replace(Vec::new());
    assert_eq!(wire.post("{}", "").status, 501);
}
