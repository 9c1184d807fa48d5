//! What is sent.

use prefect_secrets_core::{Buffer, Deadline, Provider};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_providers::cloud::rest::Settings;
use prefect_secrets_stand_in::Response;

use crate::{WORKSPACE, block, found, get, server, settings, start, workspace};

#[test]
fn a_get_asks_for_the_value_and_exists_does_not() {
    let cloud = start(vec![found("1")]);
    let (there, hidden) = (server(&cloud), workspace(&cloud));
    get(&there).unwrap();
    there.exists("x", &Deadline::default()).unwrap();
    hidden.exists("x", &Deadline::default()).unwrap();
    let requests = cloud.requests();
    let path = "/block_types/slug/secret/block_documents/name/x";
    assert_eq!(requests[0].method, "GET");
    assert_eq!(requests[0].path, format!("/api{path}?include_secrets=true"));
    assert_eq!(requests[1].path, format!("/api{path}"));
    // There only the value tells whether it is one that the key may see.
    assert_eq!(requests[2].path, format!("/{WORKSPACE}{path}?include_secrets=true"));
    assert_eq!(requests[0].header("authorization"), Some("Bearer seeded-key"));
    assert!(requests[0].header("user-agent").unwrap().starts_with("prefect-secrets/"));
    assert_eq!(requests[0].header("x-prefect-api-version"), None);
}

#[test]
fn a_user_and_a_password_win_over_a_key() {
    let cloud = start(vec![found("1")]);
    let both = settings(&cloud, "api").auth_string(Buffer::copy_of(b"me:pass")).unwrap();
    get(&Cloud::rest(both)).unwrap();
    assert_eq!(cloud.requests()[0].header("authorization"), Some("Basic bWU6cGFzcw=="));
    let nobody = Settings::at(&format!("{}/api", cloud.address())).unwrap();
    get(&Cloud::rest(nobody)).unwrap();
    assert_eq!(cloud.requests()[1].header("authorization"), None);
}

#[test]
fn a_redirect_within_the_place_is_followed_and_no_other() {
    let elsewhere = start(vec![found("\"other\"")]);
    let cloud = start(vec![
        Response::body("").status(307).header("Location", "/api/moved"),
        found("\"here\""),
        Response::body("").status(307).header("Location", format!("{}/api", elsewhere.address())),
    ]);
    let client = server(&cloud);
    assert_eq!(get(&client).unwrap().unwrap().expose_text(), b"here");
    get(&client).unwrap_err();
    assert!(elsewhere.requests().is_empty(), "no credential goes to another port");
}

#[test]
fn a_token_is_asked_for_once_before_the_first_batch() {
    let token = r#"{"token":"T-1","client":"c","expiration":"2026-01-01T00:00:00Z"}"#;
    let cloud = start(vec![
        Response::json(token),
        Response::json(format!("[{}]", block("a", "1"))),
        Response::json("[]"),
        Response::json(r#"{"detail":"Invalid CSRF token or client identifier."}"#).status(403),
        Response::json(token.replace("T-1", "T-2")),
        Response::json("[]"),
    ]);
    let client = server(&cloud);
    for _ in 0..3 {
        client.get_many(&["a"], &Deadline::default());
    }
    let requests = cloud.requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| (&*request.method, request.header("prefect-csrf-token")))
        .collect();
    assert_eq!(
        sent,
        [
            ("GET", None),
            ("POST", Some("T-1")),
            ("POST", Some("T-1")),
            ("POST", Some("T-1")),
            ("GET", None),
            ("POST", Some("T-2")),
        ]
    );
    let who = requests[1].header("prefect-csrf-client").unwrap();
    assert!(requests[0].path.ends_with(&format!("/csrf-token?client={who}")));
    assert_eq!(requests[5].header("prefect-csrf-client"), Some(who));
}

#[test]
fn a_server_without_tokens_is_asked_once() {
    for without in [
        Response::json(r#"{"detail":"CSRF protection is disabled."}"#).status(422),
        Response::json(r#"{"detail":"Not Found"}"#).status(404),
    ] {
        let cloud = start(vec![without, Response::json("[]")]);
        let client = server(&cloud);
        client.get_many(&["a"], &Deadline::default());
        client.get_many(&["a"], &Deadline::default());
        assert_eq!(cloud.requests().len(), 3);
    }
}

#[test]
fn a_batch_asks_for_each_name_once() {
    let cloud = start(vec![Response::json("[]")]);
    workspace(&cloud).get_many(&["A_B", "a-b", "c", "no such name"], &Deadline::default());
    let requests = cloud.requests();
    let body: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body["include_secrets"], true);
    assert_eq!(body["limit"], 2);
    assert_eq!(body["block_types"]["slug"]["any_"], serde_json::json!(["secret"]));
    let mut names: Vec<_> =
        body["block_documents"]["name"]["any_"].as_array().unwrap().iter().collect();
    names.sort_by_key(|name| name.to_string());
    assert_eq!(names, ["a-b", "c"]);
}
