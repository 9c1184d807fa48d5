//! What is sent, and what comes back.

use std::collections::BTreeSet;

use prefect_secrets_core::{Buffer, Deadline, Form, Kind, Provider, Secret};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_stand_in::{Request, Response, Secrets};
use serde_json::{Value, json};

use crate::{KEY, TENANT, clean, client, failure, settings, start, text};

/// The query without white space, and the variables out of their string.
fn body(request: &Request) -> (String, Value) {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let members: BTreeSet<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["query", "variables"]));
    let query = body["query"].as_str().unwrap().split_whitespace().collect();
    let variables = serde_json::from_str(body["variables"].as_str().expect("JSON in a string"));
    (query, variables.unwrap())
}

#[test]
fn a_get_sends_what_prefect_sends() {
    let cloud = start(Secrets::new().with("a \"b\" ☃", "1").requiring_key(KEY));
    let provider = Cloud::graphql(settings(&cloud).tenant(TENANT).unwrap());
    assert_eq!(text(&provider, "a \"b\" ☃"), "1");
    let request = &cloud.requests()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/"));
    assert_eq!(request.header("Authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(request.header("X-PREFECT-TENANT-ID"), Some(TENANT));
    assert_eq!(request.header("X-PREFECT-CORE-VERSION"), Some("1.4.1"));
    assert_eq!(request.header("Content-Type"), Some("application/json"));
    let (query, variables) = body(request);
    assert_eq!(query, "query($name:String!){secret_value(name:$name)}");
    assert_eq!(variables, json!({"name": "a \"b\" ☃"}));
}

#[test]
fn without_a_key_neither_key_nor_tenant_is_sent() {
    let cloud = start(Secrets::new().with("X", "1"));
    let settings =
        prefect_secrets_providers::cloud::graphql::Settings::at(&cloud.address()).unwrap();
    let provider = Cloud::graphql(settings.tenant(TENANT).unwrap());
    assert_eq!(text(&provider, "X"), "1");
    let request = &cloud.requests()[0];
    assert_eq!(request.header("Authorization"), None);
    assert_eq!(request.header("X-PREFECT-TENANT-ID"), None);
}

#[test]
fn the_address_is_used_as_it_stands() {
    let cloud = start(Secrets::new().with("X", "1"));
    for (path, sent) in [("/", "/"), ("/g/", "/g"), ("/Some/g?x=1", "/Some/g?x=1"), ("/g#f", "/g")]
    {
        let address = cloud.address() + path;
        let settings = prefect_secrets_providers::cloud::graphql::Settings::at(&address).unwrap();
        text(&Cloud::graphql(settings), "X");
        assert_eq!(cloud.take_requests()[0].path, sent);
    }
}

#[test]
fn every_kind_of_value_has_its_two_views() {
    let many = "9".repeat(400);
    let long = "v".repeat(3 << 20);
    let long_json = format!("\"{long}\"");
    for (stored, text, json) in [
        (r#""hello""#, "hello", r#""hello""#),
        (r#""""#, "", r#""""#),
        (r#""0000""#, "0000", r#""0000""#),
        (r#""1234""#, "1234", "1234"),
        (r#""{\"x\": 42}""#, r#"{"x": 42}"#, r#"{"x":42}"#),
        (r#""\"quoted\"""#, r#""quoted""#, r#""quoted""#),
        (r#""a\nb\u0000\ud83d\ude00é""#, "a\nb\0😀é", r#""a\nb\u0000😀é""#),
        ("42", "42", "42"),
        ("1.50", "1.50", "1.50"),
        ("null", "null", "null"),
        ("true", "true", "true"),
        ("{ \"a\" : [ 1, \"b c\" ] }", r#"{"a":[1,"b c"]}"#, r#"{"a":[1,"b c"]}"#),
        (&many, &many, &many),
        (&long_json, &long, &long_json),
    ] {
        let cloud = start(Secrets::new().with("X", stored));
        let provider = client(&cloud);
        let secret = provider.get("X", &Deadline::default()).unwrap().unwrap();
        assert_eq!(secret.expose_text(), text.as_bytes());
        assert_eq!(secret.expose_json().unwrap(), json);
        assert_eq!(secret.provider(), "cloud");
    }
}

#[test]
fn half_a_surrogate_is_no_text() {
    let cloud = start(vec![Response::json(r#"{"data":{"secret_value":"seeded\ud800"}}"#)]);
    assert_eq!(failure(&client(&cloud)).kind(), Kind::Invalid);
}

#[test]
fn bodies_come_in_every_shape() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n\r\n9\r\n{\"data\": \r\n17\r\n\
                   {\"secret_value\": \"ab\"}}\r\n0\r\n\r\n";
    let untyped = Response::body(b"\xef\xbb\xbf{\"data\":{\"secret_value\":\"ab\"}}".to_vec());
    for response in [
        Response::raw(format!("{head}{chunked}")),
        Response::raw("HTTP/1.0 200 OK\r\n\r\n{\"data\": {\"secret_value\": \"ab\"}}"),
        Response::json(r#"{"data":{"secret_value":"x","secret_value":"ab"}}"#),
        Response::json(r#"{"data":{"secret_value":"ab"}}"#).status(201),
        untyped,
    ] {
        assert_eq!(text(&client(&start(vec![response])), "X"), "ab");
    }
    let latin = "{\"data\":{\"secret_value\":\"päss\"}}";
    let cloud = start(vec![Response::body(latin).header("Content-Type", "text/plain")]);
    assert_eq!(text(&client(&cloud), "X"), "pÃ¤ss", "as Prefect reads it");
}

#[test]
fn what_is_set_is_got_and_listed_until_it_is_deleted() {
    let cloud = start(Secrets::new().requiring_key(KEY));
    let provider = client(&cloud);
    let deadline = Deadline::default();
    let set = |name: &str, text: &str, form: Form| {
        let value = Secret::to_set(Buffer::copy_of(text.as_bytes()), form);
        provider.set(name, &value, &deadline).unwrap();
    };
    let many = "9".repeat(60);
    set("text", "0000", Form::Text);
    set("verbatim", "{\"a\": 1}", Form::Verbatim);
    set("json", &format!("{{\"a\":{many}}}"), Form::Json);
    set("both", "0123", Form::TextWithJson(Buffer::copy_of(b"[1]")));
    let sent: Vec<_> = cloud.take_requests().iter().map(body).collect();
    let query = "mutation($input:set_secret_input!){set_secret(input:$input){success}}";
    assert!(sent.iter().all(|(sent, _)| sent == query));
    assert_eq!(sent[0].1, json!({"input": {"name": "text", "value": "0000"}}));
    assert_eq!(sent[1].1["input"]["value"], json!("{\"a\": 1}"));
    assert_eq!(sent[3].1["input"]["value"], json!([1]));
    assert_eq!(text(&provider, "json"), format!("{{\"a\":{many}}}"));
    assert_eq!(text(&provider, "text"), "0000");
    cloud.take_requests();

    let mut names = provider.list(&deadline).unwrap();
    names.sort();
    assert_eq!(names, ["both", "json", "text", "verbatim"]);
    assert_eq!(body(&cloud.take_requests()[0]), ("query{secret_names}".into(), Value::Null));
    assert!(provider.exists("text", &deadline).unwrap());
    assert!(!provider.exists("TEXT", &deadline).unwrap());
    assert_eq!(body(&cloud.take_requests()[0]), ("query{secret_names}".into(), Value::Null));

    assert!(provider.delete("text", &deadline).unwrap());
    let (query, variables) = body(&cloud.take_requests()[0]);
    assert_eq!(query, "mutation($name:String!){delete_secret(input:{name:$name}){success}}");
    assert_eq!(variables, json!({"name": "text"}));
    assert!(!provider.delete("text", &deadline).unwrap());
    assert!(provider.get("text", &deadline).unwrap().is_none());
}

#[test]
fn a_value_that_cannot_be_sent_is_refused_before_anything_is() {
    let cloud = start(Secrets::new());
    let provider = client(&cloud);
    for (text, form) in [(&b"seeded\xff"[..], Form::Text), (b"{seeded", Form::Json)] {
        let value = Secret::to_set(Buffer::copy_of(text), form);
        let error = clean(provider.set("X", &value, &Deadline::default()).unwrap_err());
        assert_eq!((error.kind(), error.name()), (Kind::Invalid, Some("X")));
    }
    assert_eq!(cloud.connections(), 0);
}
