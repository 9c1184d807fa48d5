//! What Python keeps is what comes back.

use prefect_secrets_core::{Deadline, Provider};
use prefect_secrets_testing::recorded::same;
use prefect_secrets_testing::{Home, Prefect3};
use serde_json::value::RawValue;

use crate::{client, get, servers};

#[derive(serde::Deserialize)]
struct Seeded {
    name: String,
    text: Option<String>,
    json: Box<RawValue>,
}

/// Seeds `server` with Prefect's own client. A fresh home holds the file that it writes.
fn seed(server: &Prefect3) -> Vec<Seeded> {
    let home = Home::new();
    let file = home.path().join("seeded.jsonl");
    server.python("seed.py", &[file.to_str().unwrap()]);
    let written = std::fs::read_to_string(file).unwrap();
    let seeded: Vec<Seeded> =
        written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(seeded.len() > 40, "the seeds are there");
    seeded
}

/// No assertion here shows a value.
fn check(seeded: &Seeded, secret: &prefect_secrets_core::Secret) {
    let Seeded { name, text, json } = seeded;
    assert!(same(json.get(), secret.expose_json().unwrap()), "{name}: the JSON view");
    match text {
        Some(text) => assert!(secret.expose_text() == text.as_bytes(), "{name}: the text"),
        None => {
            let text = std::str::from_utf8(secret.expose_text()).unwrap();
            assert!(same(json.get(), text), "{name}: the text of a value that is no string");
        }
    }
    assert_eq!(secret.provider(), "cloud");
    assert!(secret.revision().is_some_and(|revision| revision.starts_with("20")), "{name}");
}

#[test]
fn every_seeded_secret_comes_back_equal_in_both_views() {
    for server in servers() {
        let (seeded, cloud) = (seed(server), client(server));
        for seeded in &seeded {
            check(seeded, &get(&cloud, &seeded.name).unwrap().expect(&seeded.name));
            assert!(cloud.exists(&seeded.name, &Deadline::default()).unwrap());
        }
        let names: Vec<_> = seeded.iter().map(|seeded| seeded.name.as_str()).collect();
        let many = cloud.get_many(&names, &Deadline::default());
        for (seeded, answer) in seeded.iter().zip(many) {
            check(seeded, &answer.unwrap().expect(&seeded.name));
        }
        let listed = cloud.list(&Deadline::default()).unwrap();
        assert!(names.iter().all(|name| listed.iter().any(|listed| listed == name)));
    }
}

#[test]
fn numbers_keep_every_digit() {
    for server in servers() {
        let cloud = client(server);
        let digits = format!("1{}1", "0".repeat(300));
        crate::set(&cloud, "digits", &crate::json_to_set(&digits)).unwrap();
        let secret = get(&cloud, "digits").unwrap().unwrap();
        assert_eq!(secret.expose_text(), digits.as_bytes());
        assert_eq!(secret.expose_json().unwrap(), digits);
    }
}

#[test]
fn names_are_mapped_to_what_prefect_3_allows() {
    for server in servers() {
        let cloud = client(server);
        crate::set(&cloud, "Aws_Credentials.Prod", &crate::text_to_set("mapped")).unwrap();
        for name in ["aws-credentials-prod", "AWS_CREDENTIALS_PROD", "aws.credentials.prod"] {
            assert_eq!(get(&cloud, name).unwrap().unwrap().expose_text(), b"mapped");
        }
        let remark = cloud.remark("AWS.CREDENTIALS_PROD").unwrap();
        assert!(remark.contains("asked for as \"aws-credentials-prod\""), "{remark}");
        for impossible in ["", "with space", "ümlaut", "a/b", "a%2Fb"] {
            assert!(get(&cloud, impossible).unwrap().is_none());
            assert!(!cloud.delete(impossible, &Deadline::default()).unwrap());
            let remark = cloud.remark(impossible).unwrap();
            assert!(remark.contains("cannot be there"), "{remark}");
            let refused = crate::set(&cloud, impossible, &crate::text_to_set("marker"));
            assert_eq!(crate::clean(refused.unwrap_err()).name(), Some(impossible));
        }
        let settings = crate::settings(server, server.address()).map_names(false);
        let exact = prefect_secrets_providers::cloud::Cloud::rest(settings);
        assert!(get(&exact, "AWS_CREDENTIALS_PROD").unwrap().is_none());
        assert!(get(&exact, "aws-credentials-prod").unwrap().is_some());
        assert!(exact.remark("AWS_CREDENTIALS_PROD").unwrap().contains("map_names"));
        let many = cloud.get_many(
            &["AWS_CREDENTIALS_PROD", "with space", "aws-credentials-prod", "nowhere"],
            &Deadline::default(),
        );
        let found: Vec<_> = many.into_iter().map(|answer| answer.unwrap().is_some()).collect();
        assert_eq!(found, [true, false, true, false]);
    }
}
