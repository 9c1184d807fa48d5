//! From text to value.

use prefect_secrets_core::value;
use prefect_secrets_providers::local::{Environment, Snapshot};
use prefect_secrets_testing::Home;
use prefect_secrets_testing::recorded::{Pairs, Place, check_all, lines, same};
use serde_json::value::RawValue;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Local {
    env_text: Option<String>,
    config_toml: Option<String>,
    env: Pairs,
    name: Option<String>,
    value: Box<RawValue>,
}

/// What the secret of a recorded line reads as, or why there is none.
fn local(line: &str, home: &Home) -> Option<String> {
    let line: Local = serde_json::from_str(line).expect("a recorded line");
    let mut variables = line.env.0.clone();
    if let Some(text) = &line.env_text {
        variables.push(("PREFECT__CONTEXT__SECRETS__X".into(), text.clone()));
    }
    if let Some(toml) = &line.config_toml {
        home.config(toml);
    }
    let name = line.name.as_deref().unwrap_or("X");
    let variables_os = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let environment = Environment::of(variables_os, Some(home.path().into()), false);
    let snapshot = Snapshot::load(&environment, None);
    let found = snapshot.and_then(|snapshot| {
        let found = snapshot.in_env(name).and_then(|found| match found {
            None => snapshot.in_toml(name),
            found => Ok(found),
        })?;
        found.map(|secret| secret.expose_json().map(str::to_owned)).transpose()
    });
    let place = Place { api: String::new(), home: home.path().into() };
    let wanted = place.filled(line.value.get());
    let came = match found {
        Ok(Some(json)) if same(&wanted, &json) => return None,
        other => format!("{other:?}"),
    };
    let (toml, text) = (line.config_toml.unwrap_or_default(), line.env_text.unwrap_or_default());
    Some(format!("{toml:?} {variables:?} {text:?}: wanted {wanted}, came {came}"))
}

#[test]
fn environment_texts_read_as_recorded() {
    let home = Home::new();
    check_all(&lines("env_text.jsonl"), 1, |line| local(line, &home));
}

#[test]
fn interpolated_texts_read_as_recorded() {
    let home = Home::new();
    check_all(&lines("interpolation.jsonl"), 1, |line| local(line, &home));
}

#[test]
fn stored_texts_read_as_recorded() {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Stored {
        stored_text: String,
        value: Box<RawValue>,
    }
    check_all(&lines("stored_text.jsonl"), 1, |line| {
        let line: Stored = serde_json::from_str(line).expect("a recorded line");
        let came = String::from_utf8(value::read(&line.stored_text).expose().to_vec());
        let came = came.expect("JSON is UTF-8");
        let wrong = !same(line.value.get(), &came);
        wrong.then(|| format!("{:?}: wanted {}, came {came}", line.stored_text, line.value))
    });
}
