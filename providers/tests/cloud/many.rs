//! Several names in one request.

use prefect_secrets_core::{Deadline, Kind, Provider};
use prefect_secrets_stand_in::{Response, Secrets};

use crate::{KEY, clean, client, start};

fn found(answers: &[prefect_secrets_core::Answer]) -> Vec<Option<String>> {
    let text = |secret: &prefect_secrets_core::Secret| {
        String::from_utf8(secret.expose_text().to_vec()).unwrap()
    };
    answers.iter().map(|answer| answer.as_ref().unwrap().as_ref().map(text)).collect()
}

#[test]
fn fifty_names_take_one_request_and_each_has_its_outcome() {
    let names: Vec<_> = (0..50).map(|i| format!("name \"{i}\"")).collect();
    let mut secrets = Secrets::new().requiring_key(KEY);
    for (i, name) in names.iter().enumerate().filter(|(i, _)| i % 3 != 0) {
        secrets = secrets.with(name, format!("\"v{i}\""));
    }
    let cloud = start(secrets.with("null", "null"));
    let mut asked: Vec<_> = names.iter().map(String::as_str).collect();
    asked.extend(["null", "name \"1\""]);
    let answers = client(&cloud).get_many(&asked, &Deadline::default());
    let mut wanted: Vec<_> = (0..50).map(|i| (i % 3 != 0).then(|| format!("v{i}"))).collect();
    wanted.extend([Some("null".into()), Some("v1".into())]);
    // A null beside errors is asked for once more: the Cloud may mean another name by it.
    assert_eq!(found(&answers), wanted);
    assert!(cloud.requests().len() <= 2);
}

#[test]
fn without_a_null_one_request_is_all() {
    let cloud = start(Secrets::new().with("A", "1").with("B", "\"b\""));
    let answers = client(&cloud).get_many(&["B", "none", "A"], &Deadline::default());
    assert_eq!(found(&answers), [Some("b".into()), None, Some("1".into())]);
    assert_eq!(cloud.requests().len(), 1);
}

#[test]
fn more_than_200_names_take_more_requests() {
    let names: Vec<_> = (0..450).map(|i| i.to_string()).collect();
    let secrets = names.iter().fold(Secrets::new(), |all, name| all.with(name, name));
    let cloud = start(secrets);
    let asked: Vec<_> = names.iter().map(String::as_str).collect();
    let answers = client(&cloud).get_many(&asked, &Deadline::default());
    assert!(found(&answers).iter().zip(&names).all(|(found, name)| found.as_ref() == Some(name)));
    assert_eq!(cloud.requests().len(), 3);
    assert!(client(&cloud).get_many(&[], &Deadline::default()).is_empty());
}

#[test]
fn a_name_that_spoils_the_rest_is_set_aside() {
    // A Cloud that gives no data at all when one name is absent.
    let cloud = start(vec![
        Response::json(
            r#"{"errors":[{"path":["n1"],"message":"No value found for the requested key"}],"data":null}"#,
        ),
        Response::json(r#"{"data":{"n0":"a","n1":"c"}}"#),
    ]);
    let answers = client(&cloud).get_many(&["A", "B", "C"], &Deadline::default());
    assert_eq!(found(&answers), [Some("a".into()), None, Some("c".into())]);
    assert_eq!(cloud.requests().len(), 2);
}

#[test]
fn a_cloud_that_does_not_take_many_is_asked_for_each() {
    for refusal in [
        Response::json(r#"{"errors":[{"message":"too complex"}]}"#).status(400),
        Response::json(r#"{"errors":[{"message":"too complex"}]}"#),
        Response::json(r#"{"errors":"seeded"}"#),
        Response::json(r#"{"data":null}"#),
    ] {
        let cloud = start(vec![refusal, Response::json(r#"{"data":{"secret_value":"v"}}"#)]);
        let answers = client(&cloud).get_many(&["A", "B"], &Deadline::default());
        assert_eq!(found(&answers), [Some("v".into()), Some("v".into())]);
        assert_eq!(cloud.requests().len(), 3);
    }
}

#[test]
fn failures_name_each_name_and_are_not_multiplied() {
    let names = ["A", "B", "C"];
    let denied = start(Secrets::new().requiring_key("another"));
    let plain =
        Response::json(r#"{"errors":[{"message":"x","extensions":{"code":"UNAUTHENTICATED"}}]}"#);
    let other = start(vec![plain]);
    let down = start(vec![Response::body("seeded").status(501)]);
    for (cloud, kind) in [(denied, Kind::Denied), (other, Kind::Denied), (down, Kind::Unavailable)]
    {
        let answers = client(&cloud).get_many(&names, &Deadline::default());
        for (answer, name) in answers.into_iter().zip(names) {
            let error = clean(answer.unwrap_err());
            assert_eq!((error.kind(), error.name()), (kind, Some(name)));
        }
        assert_eq!(cloud.requests().len(), 1);
    }
    // One name fails for itself.
    let one = start(vec![Response::json(
        r#"{"errors":[{"path":["n0"],"message":"seeded"}],"data":{"n0":null,"n1":7}}"#,
    )]);
    let answers = client(&one).get_many(&["A", "B"], &Deadline::default());
    assert_eq!(clean(answers[0].as_ref().unwrap_err().clone()).kind(), Kind::Unavailable);
    assert_eq!(found(&answers[1..]), [Some("7".into())]);
}
