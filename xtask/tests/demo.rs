//! The demo: six names, five found through five different providers, and no value shown.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

#[path = "../src/demo/seeds.rs"]
mod seeds;

/// Every way in which a value could stand in a text.
fn forms(value: &str) -> Vec<String> {
    let json = format!("{value:?}");
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        value.into(),
        json[1..json.len() - 1].into(),
        json.chars().flat_map(char::escape_unicode).collect(),
        hex.to_uppercase(),
        hex,
        STANDARD.encode(value),
        STANDARD_NO_PAD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
    ]
}

#[test]
fn five_of_six_are_found_and_no_value_is_shown() {
    check(&["demo", "--debug"]);
}

#[test]
fn the_same_with_a_real_prefect_3_server() {
    if prefect_secrets_testing::prefect3::python().is_some() {
        check(&["demo", "--debug", "--prefect"]);
    }
}

fn check(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the demo failed:\n{said}");
    for value in [
        seeds::ENV.1,
        seeds::TOML.1,
        seeds::CLOUD.1,
        seeds::C_PLUGIN.1,
        seeds::RUST_PLUGIN.1,
        seeds::API_KEY,
        seeds::AUTH_STRING,
    ] {
        for form in forms(value) {
            assert!(!said.contains(&form), "the demo shows a value");
        }
    }
    let rows: Vec<Vec<&str>> = said
        .lines()
        .filter(|l| l.starts_with("FROM_"))
        .map(|l| l.split_whitespace().collect())
        .collect();
    let answered: Vec<(&str, &str, &str)> =
        rows.iter().map(|row| (row[0], row[1], row[2])).collect();
    let bytes = |value: &str| value.len().to_string();
    assert_eq!(answered.len(), 6, "{said}");
    for (i, ((name, value), provider)) in [
        (seeds::ENV, "env"),
        (seeds::TOML, "toml"),
        (seeds::CLOUD, "cloud"),
        (seeds::C_PLUGIN, "c-plugin"),
        (seeds::RUST_PLUGIN, "rust-plugin"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(answered[i], (name, provider, &*bytes(value)), "{said}");
    }
    assert_eq!((answered[5].0, answered[5].1), (seeds::NOWHERE, "not"), "{said}");
    for provider in ["env", "toml", "c-plugin", "rust-plugin", "cloud"] {
        assert!(
            said.lines()
                .any(|l| l.starts_with(&format!("    {provider} ")) && l.contains("absent")),
            "{said}"
        );
    }
}

#[test]
fn the_search_for_values_would_find_one() {
    let value = seeds::TOML.1;
    let leaks = [
        format!("value: {value}"),
        format!("{{\"value\":{value:?}}}"),
        format!("b64 {}", STANDARD.encode(value)),
    ];
    for leak in leaks {
        assert!(forms(value).iter().any(|form| leak.contains(form)), "{leak}");
    }
}
