//! What is written here, Python reads; what is deleted here is gone there.

use std::sync::Barrier;
use std::thread;

use prefect_secrets_core::{Deadline, Kind, Provider, Secret};
use prefect_secrets_testing::Prefect3;
use prefect_secrets_testing::prefect3::Setup;
use prefect_secrets_testing::recorded::same;
use serde_json::value::RawValue;

use crate::{clean, client, get, json_to_set, patient, servers, set, text_to_set};

/// What Prefect's own client reads of `names`.
fn python(server: &Prefect3, names: &[&str]) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(&server.python("load.py", names)).unwrap()
}

#[test]
fn python_reads_what_is_written_and_misses_what_is_deleted() {
    let values: Vec<(String, Secret, String)> = [
        "plain",
        "",
        "0000",
        "null",
        "{\"looks\": \"like JSON\"}",
        "Zürich ☃ 😀",
        "before\0after\0",
        "-----BEGIN KEY-----\nQUJD\n-----END KEY-----\n",
        "\u{1}\u{7f}\"\\/",
    ]
    .iter()
    .map(|text| (text_to_set(text), serde_json::to_string(text).unwrap()))
    .chain(
        [
            "5",
            "null",
            "false",
            "2.5",
            "1e-7",
            "1000000000000000000000000000000000000000001",
            "[]",
            "{}",
            "{\"a\":{},\"b\":[{\"c\":null},\"********\"],\"$refs\":1}",
            "[{\"$ref\":1}]",
            "\"text\"",
        ]
        .iter()
        .map(|json| (json_to_set(json), (*json).to_owned())),
    )
    .chain([(text_to_set(&"m".repeat(1 << 20)), format!("{:?}", "m".repeat(1 << 20)))])
    .enumerate()
    .map(|(i, (secret, json))| (format!("written-{i}"), secret, json))
    .collect();
    for server in servers() {
        let cloud = client(server);
        let names: Vec<&str> = values.iter().map(|(name, ..)| name.as_str()).collect();
        // Once as new ones, then in the place of others.
        for round in 0..2 {
            for (i, (name, secret, _)) in values.iter().enumerate() {
                if round == 1 {
                    let (_, other, _) = &values[(i + 1) % values.len()];
                    set(&cloud, name, other).unwrap();
                }
                set(&cloud, name, secret).unwrap();
            }
            // As text: a number of any size goes through no number of ours.
            let said = server.python("load.py", &names);
            let found: std::collections::HashMap<&str, &RawValue> =
                serde_json::from_str(&said).unwrap();
            for (name, _, json) in &values {
                assert!(same(found[name.as_str()].get(), json), "{name}, round {round}");
            }
        }
        for name in &names {
            assert!(cloud.delete(name, &Deadline::default()).unwrap());
            assert!(!cloud.delete(name, &Deadline::default()).unwrap(), "it is gone");
            assert!(get(&cloud, name).unwrap().is_none());
            assert!(!cloud.exists(name, &Deadline::default()).unwrap());
        }
        assert!(python(server, &names).is_empty(), "they are gone for Python too");
    }
}

#[test]
fn what_the_server_would_not_keep_is_refused_and_changes_nothing() {
    for server in servers() {
        let cloud = client(server);
        set(&cloud, "kept", &text_to_set("as it was")).unwrap();
        for value in [
            text_to_set("********"),
            json_to_set("\"********\""),
            json_to_set("{\"$ref\":{\"block_document_id\":\"marker\"}}"),
            json_to_set("3.14159265358979323846264338327950288"),
            json_to_set("[1e999]"),
            json_to_set("\"\\ud800 marker\""),
            json_to_set("{marker"),
            Secret::to_set(
                prefect_secrets_core::Buffer::copy_of(b"\xffmarker"),
                prefect_secrets_core::Form::Text,
            ),
        ] {
            let error = clean(set(&cloud, "kept", &value).unwrap_err());
            assert_eq!(error.kind(), Kind::Invalid, "{error}");
        }
        assert_eq!(get(&cloud, "kept").unwrap().unwrap().expose_text(), b"as it was");
    }
}

#[test]
fn eight_writers_at_once_lose_nothing_silently() {
    for server in servers() {
        let barrier = Barrier::new(8);
        let write = |writer: usize| {
            let cloud = patient(server);
            barrier.wait();
            for round in 0..3 {
                set(&cloud, &format!("shared-{round}"), &text_to_set(&writer.to_string())).unwrap();
                set(&cloud, &format!("own-{writer}-{round}"), &text_to_set("mine")).unwrap();
            }
        };
        thread::scope(|scope| {
            (0..8).for_each(|writer| drop(scope.spawn(move || write(writer))));
        });
        let cloud = client(server);
        for round in 0..3 {
            let text = get(&cloud, &format!("shared-{round}")).unwrap().unwrap();
            let writer: usize = std::str::from_utf8(text.expose_text()).unwrap().parse().unwrap();
            assert!(writer < 8);
            for writer in 0..8 {
                assert!(get(&cloud, &format!("own-{writer}-{round}")).unwrap().is_some());
            }
        }
    }
}

#[test]
fn one_writes_while_another_deletes_and_both_come_through() {
    for server in servers() {
        let (writer, deleter) = (patient(server), patient(server));
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..20 {
                    set(&writer, "comes-and-goes", &text_to_set("here")).unwrap();
                }
            });
            scope.spawn(|| {
                for _ in 0..20 {
                    deleter.delete("comes-and-goes", &Deadline::default()).unwrap();
                }
            });
        });
        set(&writer, "comes-and-goes", &text_to_set("here")).unwrap();
        assert_eq!(get(&writer, "comes-and-goes").unwrap().unwrap().expose_text(), b"here");
    }
}

#[test]
fn a_token_that_has_run_out_is_asked_for_again() {
    let setup = Setup { csrf_seconds: Some(1), ..Setup::default() };
    let Some(server) = Prefect3::start(&setup) else { return };
    let cloud = patient(&server);
    set(&cloud, "x", &text_to_set("1")).unwrap();
    thread::sleep(std::time::Duration::from_millis(1500));
    set(&cloud, "x", &text_to_set("2")).unwrap();
    let answers = cloud.get_many(&["x", "y"], &Deadline::default());
    assert_eq!(answers[0].as_ref().unwrap().as_ref().unwrap().expose_text(), b"2");
    // Threads that all find theirs run out do not void each other's.
    thread::sleep(std::time::Duration::from_millis(1500));
    thread::scope(|scope| {
        for i in 0..6 {
            let cloud = &cloud;
            scope.spawn(move || set(cloud, &format!("t-{i}"), &text_to_set("t")).unwrap());
        }
    });
}
