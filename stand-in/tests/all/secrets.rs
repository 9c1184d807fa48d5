//! The Cloud that keeps secrets: what a client asks, and what it gets.

use prefect_secrets_stand_in::{Secrets, StandIn};
use serde_json::{Value, json};

use crate::wire::{GET, Wire};

const SET: &str = "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }";
const DELETE: &str = "mutation($name: String!) { delete_secret(input: {name: $name}) { success } }";

fn cloud() -> (StandIn, Wire) {
    let secrets = Secrets::new()
        .with("X", r#""from-cloud""#)
        .with("nothing", "null")
        .with("long", "[12345678901234567890123.4500e+1]");
    let cloud = StandIn::start(secrets).unwrap();
    let wire = Wire::connect(cloud.port());
    (cloud, wire)
}

fn absent(key: &str) -> Value {
    json!({
        "path": [key],
        "message": "No value found for the requested key",
        "extensions": { "code": "INTERNAL_SERVER_ERROR" },
    })
}

#[test]
fn a_secret_is_found() {
    let (_cloud, mut wire) = cloud();
    let answer = wire.get("X");
    assert_eq!(answer.status, 200);
    assert_eq!(crate::wire::header(&answer.head, "content-type"), Some("application/json"));
    assert_eq!(answer.json(), json!({ "data": { "secret_value": "from-cloud" } }));
}

#[test]
fn null_is_a_value_and_numbers_keep_every_digit() {
    let (_cloud, mut wire) = cloud();
    assert_eq!(wire.get("nothing").body, r#"{"data":{"secret_value":null}}"#);
    let exact = r#"{"data":{"secret_value":[12345678901234567890123.4500e+1]}}"#;
    assert_eq!(wire.get("long").body, exact);
}

#[test]
fn an_absent_secret_is_an_error_beside_null() {
    let (_cloud, mut wire) = cloud();
    let answer = wire.get("x");
    assert_eq!(answer.status, 200);
    let expected = json!({ "errors": [absent("secret_value")], "data": { "secret_value": null } });
    assert_eq!(answer.json(), expected);
}

#[test]
fn aliases_ask_for_several_at_once() {
    let (_cloud, mut wire) = cloud();
    let query = "query($n0: String!, $n1: String!, $n2: String!) { s0: secret_value(name: $n0)
        s1: secret_value(name: $n1) s2: secret_value(name: $n2) }";
    let answer = wire.ask(query, json!({ "n0": "X", "n1": "absent", "n2": "nothing" }));
    assert_eq!(answer.status, 200);
    let expected = json!({
        "errors": [absent("s1")],
        "data": { "s0": "from-cloud", "s1": null, "s2": null },
    });
    assert_eq!(answer.json(), expected);
}

#[test]
fn a_thousand_aliases_are_one_request() {
    let (_cloud, mut wire) = cloud();
    let (mut declared, mut asked, mut names) = (String::new(), String::new(), json!({}));
    for number in 0..1000 {
        declared += &format!("$n{number}: String! ");
        asked += &format!("s{number}: secret_value(name: $n{number}) ");
        names[format!("n{number}")] = json!("X");
    }
    let answer = wire.ask(&format!("query({declared}) {{ {asked} }}"), names);
    assert_eq!(answer.json()["data"].as_object().unwrap().len(), 1000);
}

#[test]
fn names_are_listed() {
    let (_cloud, mut wire) = cloud();
    let expected = json!({ "data": { "secret_names": ["X", "long", "nothing"] } });
    assert_eq!(wire.ask("query{secret_names}", json!(null)).json(), expected);
    assert_eq!(wire.post(r#"{"query": "{secret_names}"}"#, "").json(), expected);
}

#[test]
fn variables_may_be_an_object() {
    let (_cloud, mut wire) = cloud();
    let body = json!({ "query": GET, "variables": { "name": "X" } }).to_string();
    assert_eq!(wire.post(&body, "").json()["data"]["secret_value"], "from-cloud");
}

#[test]
fn a_secret_is_set_and_deleted() {
    let (cloud, mut wire) = cloud();
    let done = |field: &str, success| json!({ "data": { field: { "success": success } } });

    let digits = r#"{"a":1.0000000000000000000000001}"#;
    let variables = format!(r#"{{"input": {{"name": "new", "value": {digits}}}}}"#);
    let body = json!({ "query": SET, "variables": variables }).to_string();
    assert_eq!(wire.post(&body, "").json(), done("set_secret", true));
    let found = format!(r#"{{"data":{{"secret_value":{digits}}}}}"#);
    assert_eq!(wire.get("new").body, found);

    let deleted = wire.ask(DELETE, json!({ "name": "new" }));
    assert_eq!(deleted.json(), done("delete_secret", true));
    assert_eq!(wire.get("new").only_error(), absent("secret_value"));
    let again = wire.ask(DELETE, json!({ "name": "new" }));
    assert_eq!(again.json(), done("delete_secret", false));

    assert_eq!(cloud.requests().len(), 5);
}

#[test]
fn a_value_may_be_written_into_the_query() {
    let (_cloud, mut wire) = cloud();
    let query = r#"mutation($v: JSON) {
        a: set_secret(input: {name: "a", value: {b: [1, 2.5, true, null, "\"q\"", $v]}}) { success }
        c: set_secret(input: {name: "c", value: null}) { ok: success }
    }"#;
    let answer = wire.ask(query, json!({ "v": { "w": [] } }));
    let expected = json!({ "data": { "a": { "success": true }, "c": { "ok": true } } });
    assert_eq!(answer.json(), expected);
    let value = json!({ "b": [1, 2.5, true, null, "\"q\"", { "w": [] }] });
    assert_eq!(wire.get("a").json()["data"]["secret_value"], value);
    assert_eq!(wire.get("c").body, r#"{"data":{"secret_value":null}}"#);
}

#[test]
fn a_key_is_asked_for() {
    let secrets = Secrets::new().with("X", "1").requiring_key("right ");
    let cloud = StandIn::start(secrets).unwrap();
    let mut wire = Wire::connect(cloud.port());
    let body = json!({ "query": GET, "variables": r#"{"name": "X"}"# }).to_string();

    let unauthenticated = json!({ "errors": [{
        "path": ["secret_value"],
        "message": "Unauthorized",
        "extensions": { "code": "UNAUTHENTICATED" },
    }] });
    for headers in ["", "Authorization: Bearer wrong\r\n", "Authorization: Bearer right\r\n"] {
        let answer = wire.post(&body, headers);
        assert_eq!((answer.status, answer.json()), (200, unauthenticated.clone()), "{headers}");
    }
    let malformed = json!({ "errors": [{ "message": "Malformed Authorization header" }] });
    assert_eq!(wire.post(&body, "authorization: right\r\n").json(), malformed);
    let answer = wire.post(&body, "authorization: Bearer right \r\n");
    assert_eq!(answer.json(), json!({ "data": { "secret_value": 1 } }));
}

#[test]
fn a_wrong_key_sets_nothing() {
    let cloud = StandIn::start(Secrets::new().requiring_key("k")).unwrap();
    let mut wire = Wire::connect(cloud.port());
    let answer = wire.ask(SET, json!({ "input": { "name": "X", "value": 1 } }));
    assert_eq!(answer.only_error()["extensions"]["code"], "UNAUTHENTICATED");
    let names = wire.post(r#"{"query": "{secret_names}"}"#, "Authorization: Bearer k\r\n");
    assert_eq!(names.json(), json!({ "data": { "secret_names": [] } }));
}

#[test]
fn a_query_that_is_none_is_refused() {
    let (_cloud, mut wire) = cloud();
    for query in
        ["", "query {", "query($name: String!) { secret_value(name: $name) } }", "{ a(b: ) }"]
    {
        let answer = wire.ask(query, json!({ "name": "X" }));
        assert_eq!(answer.refusal(), "GRAPHQL_PARSE_FAILED", "{query}");
    }
}

#[test]
fn a_query_against_the_schema_is_refused() {
    let (cloud, mut wire) = cloud();
    let queries = [
        "{ secret }",
        "{ set_secret(input: {name: \"a\", value: 1}) { success } }",
        "mutation { secret_names }",
        "subscription { secret_names }",
        "{ secret_value }",
        "{ secret_value(name: \"X\", name: \"X\") }",
        "{ secret_value(name: \"X\", more: 1) }",
        "{ secret_value(name: $name) }",
        "query($name: String) { secret_value(name: $name) }",
        "query($name: String!, $name: String!) { secret_value(name: $name) }",
        "query($name: String!) { secret_names }",
        "{ secret_names { length } }",
        "{ secret_names @skip(if: false) }",
        "{ ... on Query { secret_names } }",
        "{ s: secret_names s: secret_value(name: \"X\") }",
        "mutation { delete_secret(input: {name: \"X\"}) }",
        "mutation { delete_secret(input: {name: \"X\"}) { succeeded } }",
        "mutation($name: ID!) { delete_secret(input: {name: $name}) { success } }",
        "mutation($name: String!) { set_secret(input: $name) { success } }",
    ];
    for query in queries {
        let answer = wire.ask(query, json!({ "name": "X" }));
        assert_eq!(answer.refusal(), "GRAPHQL_VALIDATION_FAILED", "{query}");
    }
    // Refused as a whole: the part that could be done is not.
    let half = "mutation { a: delete_secret(input: {name: \"X\"}) { success } b: nothing }";
    assert_eq!(wire.ask(half, json!(null)).refusal(), "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(wire.get("X").json()["data"]["secret_value"], "from-cloud");
    assert_eq!(cloud.requests().len(), queries.len() + 2);
}

#[test]
fn variables_that_do_not_fit_are_refused() {
    let (_cloud, mut wire) = cloud();
    for variables in [json!({}), json!(null), json!({ "name": null }), json!({ "name": 1 })] {
        assert_eq!(wire.ask(GET, variables.clone()).refusal(), "BAD_USER_INPUT", "{variables}");
    }
    for input in [json!({ "name": "X" }), json!({ "value": 1 }), json!([]), json!(null)] {
        let answer = wire.ask(SET, json!({ "input": input }));
        assert_eq!(answer.refusal(), "BAD_USER_INPUT", "{input}");
    }
    let two = "query a { secret_names } query b { secret_value(name: \"X\") }";
    assert_eq!(wire.ask(two, json!(null)).refusal(), "BAD_USER_INPUT");
    let named = json!({ "query": two, "operationName": "b" }).to_string();
    assert_eq!(wire.post(&named, "").json()["data"]["secret_value"], "from-cloud");
}

#[test]
fn a_body_that_is_no_request_is_refused() {
    let (_cloud, mut wire) = cloud();
    let no_variables = r#"{"query": "{secret_names}", "variables": "{"}"#;
    for body in ["", "{", "[]", "{}", r#"{"query": 1}"#, no_variables] {
        assert_eq!(wire.post(body, "").refusal(), "BAD_REQUEST", "{body}");
    }
}

#[test]
fn only_post_is_answered() {
    let (cloud, mut wire) = cloud();
    wire.send("GET /new HTTP/1.1\r\n\r\n");
    assert_eq!(wire.answer().status, 405);
    assert_eq!((&*cloud.requests()[0].method, &*cloud.requests()[0].path), ("GET", "/new"));
}
