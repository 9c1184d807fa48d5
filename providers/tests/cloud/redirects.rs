//! A Cloud that sends the client elsewhere.

use prefect_secrets_core::Kind;
use prefect_secrets_stand_in::{Response, Secrets};

use crate::{KEY, client, failure, start, text};

fn to(address: &str, status: u16) -> Response {
    Response::body("").status(status).header("Location", address)
}

fn found() -> Response {
    Response::json(r#"{"data":{"secret_value":"v"}}"#)
}

#[test]
fn the_same_place_is_followed_with_the_key() {
    for (status, method) in [(302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")] {
        let cloud = start(vec![to("/new", status), found()]);
        assert_eq!(text(&client(&cloud), "X"), "v");
        let requests = cloud.requests();
        assert_eq!((requests[1].method.as_str(), requests[1].path.as_str()), (method, "/new"));
        assert_eq!(requests[1].header("Authorization"), Some(&*format!("Bearer {KEY}")));
        assert_eq!(requests[1].body.is_empty(), method == "GET");
    }
}

#[test]
fn another_place_is_not_even_asked() {
    let other = start(Secrets::new().with("X", "1"));
    for address in [
        other.address(),
        other.address().replace("http:", "https:"),
        other.address().replace("127.0.0.1", "localhost"),
        format!("http://seeded.{}", other.address().trim_start_matches("http://")),
    ] {
        let cloud = start(vec![to(&address, 307)]);
        let error = failure(&client(&cloud));
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(error.what().contains("another host"), "{error}");
        assert_eq!(cloud.requests().len(), 1);
    }
    assert_eq!(other.connections(), 0);
}

#[test]
fn thirty_redirects_are_followed_and_no_more() {
    let mut script = vec![to("/again", 307); 30];
    script.push(found());
    assert_eq!(text(&client(&start(script)), "X"), "v");
    let cloud = start(vec![to("/again", 307)]);
    assert_eq!(failure(&client(&cloud)).kind(), Kind::Invalid);
    assert_eq!(cloud.requests().len(), 31);
}

#[test]
fn a_redirect_without_a_place_is_a_failure() {
    let cloud = start(vec![Response::body("").status(302)]);
    assert_eq!(failure(&client(&cloud)).kind(), Kind::Invalid);
}
