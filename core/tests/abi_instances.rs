//! The life of an instance: create, settings, extensions, destroy.
#![allow(unsafe_code, reason = "these tests speak C")]

mod abi_foreign;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use abi_foreign::{Foreign, get_of};
use prefect_secrets_core::abi::{Settings, Status};
use prefect_secrets_core::{Deadline, Kind, Provider};

fn settings(json: &str) -> Settings {
    Settings::from_json(json.as_bytes()).expect("an object")
}

#[test]
fn a_create_that_answers_nonsense_is_a_failure() {
    for (status, kind) in [(Status::Absent as i32, Kind::Internal), (99, Kind::Internal)] {
        let mut foreign = Foreign::new(get_of(|_, _, _| Status::Absent as i32));
        foreign.create_status = status;
        let error = foreign.try_import().err().expect("a failure");
        assert_eq!(error.kind(), kind);
    }
}

#[test]
fn settings_are_looked_up_and_live_as_long_as_the_instance() {
    let foreign = Foreign::new(get_of(|_, _, _| Status::Absent as i32));
    let json = r#"{"text": "a\nb", "number": 1.50, "table": {"x": [1]}, "empty": ""}"#;
    let provider = foreign.import_with(settings(json));
    let looked_up = |key: &str| provider.lookup(key);
    assert_eq!(looked_up("text").as_deref(), Some("a\nb"));
    assert_eq!(looked_up("number").as_deref(), Some("1.50"));
    assert_eq!(looked_up("table").as_deref(), Some(r#"{"x": [1]}"#));
    assert_eq!(looked_up("empty").as_deref(), Some(""));
    assert_eq!(looked_up("missing"), None);
}

#[test]
fn an_instance_is_destroyed_once_and_an_extension_is_found_by_its_name() {
    let mut foreign = Foreign::new(get_of(|_, _, _| Status::Absent as i32));
    foreign.table.get_extension = Some(abi_foreign::extension);
    let destroyed = Arc::clone(&foreign.destroyed);
    let provider = foreign.import();
    assert!(!provider.extension("sample/1").is_null());
    assert!(provider.extension("sample/2").is_null());
    assert!(provider.get("x", &Deadline::default()).is_ok());
    assert_eq!(destroyed.load(Ordering::SeqCst), 0);
    drop(provider);
    assert_eq!(destroyed.load(Ordering::SeqCst), 1);
}
