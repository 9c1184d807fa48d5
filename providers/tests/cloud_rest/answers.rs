//! What an answer means.

use std::time::{Duration, Instant};

use prefect_secrets_core::{Deadline, Kind, Provider};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_stand_in::Response;

use crate::{block, clean, found, get, server, settings, start, text_to_set, workspace};

fn kind(response: Response) -> Kind {
    let cloud = start(vec![response]);
    clean(get(&Cloud::rest(settings(&cloud, "api").retry_waits([]))).unwrap_err()).kind()
}

#[test]
fn the_table_of_answers() {
    let detail = |text: &str| Response::json(format!(r#"{{"detail":"{text}"}}"#));
    for (response, wanted) in [
        (detail("Not Found").status(404), Kind::Invalid),
        (Response::body("seeded").status(404), Kind::Invalid),
        // What others say where they have nothing.
        (detail("Not found.").status(404), Kind::Invalid),
        (detail("Workspace not found").status(404), Kind::Invalid),
        (
            Response::body(r#"{"detail":"Block document not found"}"#)
                .status(404)
                .header("Content-Type", "text/html"),
            Kind::Invalid,
        ),
        (Response::json(r#"{"exception_message":"seeded"}"#).status(401), Kind::Denied),
        (detail("seeded").status(403), Kind::Denied),
        (detail("Missing CSRF token.").status(403), Kind::Denied),
        (Response::body("<html>seeded").header("Content-Type", "text/html"), Kind::Unavailable),
        // JSON that does not say that it is: whatever that is, it is not the API.
        (Response::body(block("x", "\"seeded\"")), Kind::Unavailable),
        (Response::json("seeded"), Kind::Unavailable),
        (Response::json("{}"), Kind::Unavailable),
        (Response::json("[]"), Kind::Unavailable),
        (Response::json(r#"{"id":"i","name":"x","data":{}}"#), Kind::Unavailable),
        (Response::json(r#"{"seeded":"seeded"}"#).status(422), Kind::Invalid),
        (Response::json(r#"{"detail":"seeded"}"#).status(400), Kind::Invalid),
        (Response::body("seeded").status(408), Kind::Unavailable),
        (Response::body("seeded").status(429), Kind::Unavailable),
        (Response::body("seeded").status(500), Kind::Unavailable),
        (Response::body("seeded").status(503), Kind::Unavailable),
        (Response::body("").status(302).header("Location", "http://h.invalid/"), Kind::Invalid),
        (found("\"\\ud83d seeded\""), Kind::Invalid),
        (Response::json(block("x", &format!("{:?}", "s".repeat(16 << 20)))), Kind::Invalid),
        (Response::close(), Kind::Unavailable),
    ] {
        let shown = format!("{response:?}").chars().take(120).collect::<String>();
        assert_eq!(kind(response), wanted, "{shown}");
    }
    for detail in
        [detail("Block document not found").status(404), detail("Block type not found").status(404)]
    {
        let cloud = start(vec![detail]);
        assert!(get(&server(&cloud)).unwrap().is_none());
        assert!(!server(&cloud).exists("x", &Deadline::default()).unwrap());
    }
}

#[test]
fn asterisks_are_a_value_except_in_a_workspace_of_the_cloud() {
    let cloud = start(vec![found("\"********\"")]);
    assert_eq!(get(&server(&cloud)).unwrap().unwrap().expose_text(), b"********");
    let error = clean(get(&workspace(&cloud)).unwrap_err());
    assert_eq!(error.kind(), Kind::Denied);
    assert!(error.what().contains("Prefect Cloud at") && error.next_step().contains("role"));
    let near = start(vec![found("\"*******\"")]);
    assert_eq!(get(&workspace(&near)).unwrap().unwrap().expose_text(), b"*******");
    // Of many, the one that is hidden fails for itself.
    let page = format!("[{},{}]", block("a", "\"********\""), block("b", "\"seen\""));
    let cloud = start(vec![Response::json(page)]);
    let answers = workspace(&cloud).get_many(&["a", "b", "c"], &Deadline::default());
    assert_eq!(clean(answers[0].clone().unwrap_err()).kind(), Kind::Denied);
    assert_eq!(answers[1].as_ref().unwrap().as_ref().unwrap().expose_text(), b"seen");
    assert!(answers[2].as_ref().unwrap().is_none());
    assert_eq!(cloud.requests().len(), 1, "the Cloud has no tokens to ask for");
}

#[test]
fn what_may_pass_is_tried_again_and_what_stays_is_not() {
    for status in [408, 429, 502, 503] {
        let bad = Response::body("seeded").status(status);
        let cloud = start(vec![bad.clone(), bad, found("1")]);
        assert_eq!(get(&server(&cloud)).unwrap().unwrap().expose_text(), b"1");
        assert_eq!(cloud.requests().len(), 3);
    }
    for status in [400, 401, 404, 422, 500, 501, 504] {
        let cloud = start(vec![Response::body("seeded").status(status), found("1")]);
        clean(get(&server(&cloud)).unwrap_err());
        assert_eq!(cloud.requests().len(), 1, "{status}");
    }
    let cloud = start(vec![Response::body("").status(503)]);
    clean(get(&server(&cloud)).unwrap_err());
    assert_eq!(cloud.requests().len(), 6, "five more tries");
}

#[test]
fn retry_after_is_honoured_and_a_pause_that_is_too_long_is_not_slept() {
    let pause = |text: &str| Response::body("").status(429).header("Retry-After", text);
    let cloud = start(vec![pause("1"), found("1")]);
    let start_of = Instant::now();
    assert!(get(&server(&cloud)).unwrap().is_some());
    // Not less than asked for, and a fifth more at most.
    let elapsed = start_of.elapsed();
    assert!(elapsed >= Duration::from_secs(1) && elapsed < Duration::from_secs(2), "{elapsed:?}");

    let cloud = start(vec![pause("3600"), found("1")]);
    let start_of = Instant::now();
    let error = clean(get(&server(&cloud)).unwrap_err());
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(start_of.elapsed() < Duration::from_secs(1));

    // One that nobody can read has the scheduled length (3.8.8, measured).
    let cloud = start(vec![pause("soon"), found("1")]);
    assert!(get(&server(&cloud)).unwrap().is_some());
}

#[test]
fn an_answer_of_422_that_shows_the_request_is_not_shown() {
    let ids = r#"{"id":"T","created":"2026"}"#;
    let cloud = start(vec![
        Response::json(ids),
        Response::json(format!("[{ids}]")),
        Response::json(r#"{"request_body":{"data":{"value":"seeded"}}}"#).status(422),
    ]);
    let value = text_to_set("seeded");
    let error = clean(workspace(&cloud).set("x", &value, &Deadline::default()).unwrap_err());
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.what().contains("422"), "{error}");
}

#[test]
fn a_type_that_is_missing_is_installed() {
    let ids = r#"{"id":"T","created":"2026-01-01T00:00:00Z"}"#;
    let schemas = r#"[{"id":"OLD","created":"2025-01-01T00:00:00Z"},
                      {"id":"NEW","created":"2026-01-01T00:00:00Z"}]"#;
    let cloud = start(vec![
        Response::json(r#"{"detail":"Block type not found"}"#).status(404),
        Response::body("").status(204),
        Response::json(ids),
        Response::json(schemas),
        Response::json("{}").status(201),
    ]);
    let client = workspace(&cloud);
    client.set("X_Y", &text_to_set("v"), &Deadline::default()).unwrap();
    let requests = cloud.take_requests();
    let lines: Vec<_> = requests
        .iter()
        .map(|r| {
            format!(
                "{} {}",
                r.method,
                r.path.rsplit("66666666-7777-8888-9999-000000000000").next().unwrap()
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "GET /block_types/slug/secret",
            "POST /block_types/install_system_block_types",
            "GET /block_types/slug/secret",
            "POST /block_schemas/filter",
            "POST /block_documents/",
        ]
    );
    let created: serde_json::Value = serde_json::from_slice(&requests[4].body).unwrap();
    let wanted = serde_json::json!({
        "name": "x-y", "data": {"value": "v"}, "block_type_id": "T", "block_schema_id": "NEW",
        "is_anonymous": false,
    });
    assert_eq!(created, wanted);
    // Both ids are known now.
    client.set("z", &text_to_set("v"), &Deadline::default()).unwrap();
    assert_eq!(cloud.requests().len(), 1);
}

#[test]
fn a_conflict_without_a_block_is_reported_in_the_end() {
    let conflict = Response::json(r#"{"detail":"Data integrity conflict. seeded"}"#).status(409);
    let ids = r#"{"id":"T","created":"2026"}"#;
    let absent = Response::json(r#"{"detail":"Block document not found"}"#).status(404);
    let round = [Response::json(ids), Response::json(format!("[{ids}]")), conflict, absent];
    let script: Vec<_> = std::iter::repeat_n(round, 3).flatten().collect();
    let cloud = start(script);
    let error = clean(
        workspace(&cloud).set("x", &text_to_set("seeded"), &Deadline::default()).unwrap_err(),
    );
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(cloud.requests().len(), 12);
}

#[test]
fn an_id_that_the_server_does_not_know_any_more_is_asked_for_again() {
    let ids = |id: &str| Response::json(format!(r#"{{"id":"{id}","created":"2026"}}"#));
    let all = |id: &str| Response::json(format!(r#"[{{"id":"{id}","created":"2026"}}]"#));
    let created = || Response::json("{}").status(201);
    let cloud = start(vec![
        ids("T1"),
        all("S1"),
        created(),
        // Its database is another one now.
        Response::json(r#"{"exception_message":"Internal Server Error"}"#).status(500),
        ids("T2"),
        all("S2"),
        created(),
        // A failure that has another reason is not hidden.
        Response::body("").status(500),
        ids("T2"),
        all("S2"),
        Response::body("").status(500),
    ]);
    let client = workspace(&cloud);
    let set = || client.set("x", &text_to_set("v"), &Deadline::default());
    set().unwrap();
    set().unwrap();
    assert!(String::from_utf8_lossy(&cloud.requests()[6].body).contains("T2"));
    assert_eq!(clean(set().unwrap_err()).kind(), Kind::Unavailable);
    assert_eq!(cloud.requests().len(), 11);
}

#[test]
fn what_was_done_is_done_however_much_the_server_says_about_it() {
    let ids = r#"{"id":"T","created":"2026"}"#;
    let large = format!(r#"{{"data":"{}"}}"#, "m".repeat(17 << 20));
    let cloud = start(vec![
        Response::json(ids),
        Response::json(format!("[{ids}]")),
        Response::json(large).status(201),
    ]);
    workspace(&cloud).set("x", &text_to_set("v"), &Deadline::default()).unwrap();
}

#[test]
fn a_server_that_gives_fewer_blocks_at_once_is_asked_for_fewer() {
    let limit = |most: usize| {
        let text =
            format!(r#"{{"detail":"Invalid limit: must be less than or equal to {most}."}}"#);
        Response::json(text).status(422)
    };
    let cloud = start(vec![
        limit(2),
        Response::json(format!("[{},{}]", block("a", "1"), block("b", "2"))),
        Response::json("[]"),
    ]);
    let client = workspace(&cloud);
    assert_eq!(client.list(&Deadline::default()).unwrap(), ["a", "b"]);
    let requests = cloud.take_requests();
    let asked =
        |i: usize| -> serde_json::Value { serde_json::from_slice(&requests[i].body).unwrap() };
    assert_eq!((&asked(1)["limit"], &asked(1)["offset"]), (&2.into(), &0.into()));
    assert_eq!((&asked(2)["limit"], &asked(2)["offset"]), (&2.into(), &2.into()));
    // It is remembered.
    client.get_many(&["a", "b", "c"], &Deadline::default());
    assert_eq!(cloud.take_requests().len(), 2);
}
