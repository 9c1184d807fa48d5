//! The local configuration: env and toml, alone and together.

use std::sync::Arc;

use prefect_secrets_core::{Deadline, Kind, Provider};
use prefect_secrets_providers::local::{Environment, Snapshot};
use prefect_secrets_testing::Home;

fn load(home: &Home, variables: &[(&str, &str)]) -> Result<Snapshot, prefect_secrets_core::Error> {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let environment = Environment::of(variables, Some(home.path().into()), false);
    Snapshot::load(&environment, None)
}

/// Provider, text and JSON view of `name`, as the two views of a snapshot give them.
fn answer(snapshot: &Snapshot, name: &str) -> Option<(&'static str, String, String)> {
    let secret = match (snapshot.in_env(name).unwrap(), snapshot.in_toml(name).unwrap()) {
        (None, None) => return None,
        (Some(secret), None) => ("env", secret),
        (None, Some(secret)) => ("toml", secret),
        (Some(_), Some(_)) => panic!("both views answer {name}"),
    };
    let text = String::from_utf8(secret.1.expose_text().to_vec()).unwrap();
    assert_eq!(secret.1.provider(), secret.0);
    Some((secret.0, text, secret.1.expose_json().unwrap().to_owned()))
}

#[test]
fn every_type_of_toml_has_its_two_views() {
    let home = Home::new();
    home.config(
        r#"
        [context.secrets]
        TEXT = "p@ss"
        ESCAPED = "a\tb\u00e9"
        JSON = '{"a": 1}'
        INTEGER = 5
        HEX = 0xff
        LONG = 9223372036854775807
        FLOAT = 1_000.50
        PLUS = +3
        BOOLEAN = true
        DATE = 2020-01-02T03:04:05Z
        LIST = [1, "two", [3.0]]
        EMPTY = ""
        "" = "the empty name"
        items = "a name that breaks Python"
        "with.dot" = "dotted"
        [context.secrets.TABLE]
        z = "last"
        a = 1
        [context.secrets.NOTHING]
        "#,
    );
    let snapshot = load(&home, &[]).unwrap();
    for (name, text, json) in [
        ("TEXT", "p@ss", "\"p@ss\""),
        ("ESCAPED", "a\tbé", "\"a\\tbé\""),
        ("JSON", "{\"a\": 1}", "{\"a\":1}"),
        ("INTEGER", "5", "5"),
        ("HEX", "255", "255"),
        ("LONG", "9223372036854775807", "9223372036854775807"),
        ("FLOAT", "1000.50", "1000.50"),
        ("PLUS", "3", "3"),
        ("BOOLEAN", "true", "true"),
        ("DATE", "2020-01-02T03:04:05Z", "\"2020-01-02T03:04:05Z\""),
        ("LIST", "[1,\"two\",[3.0]]", "[1,\"two\",[3.0]]"),
        ("EMPTY", "", "\"\""),
        ("", "the empty name", "\"the empty name\""),
        ("items", "a name that breaks Python", "\"a name that breaks Python\""),
        ("with.dot", "dotted", "\"dotted\""),
        ("TABLE", "{\"a\":1,\"z\":\"last\"}", "{\"a\":1,\"z\":\"last\"}"),
    ] {
        assert_eq!(answer(&snapshot, name), Some(("toml", text.into(), json.into())), "{name}");
    }
    assert_eq!(answer(&snapshot, "NOTHING"), None, "an empty table is absent");
    assert_eq!(answer(&snapshot, "text"), None, "names are case-sensitive");
}

#[test]
fn a_variable_wins_and_crosses_into_the_file() {
    let home = Home::new();
    home.config("[context.secrets]\nA = 'file'\nB = 'file'\n[context.secrets.T]\nx = 1\ny = 2\n");
    home.write(".prefect/backend.toml", "[context.secrets]\nB = 'backend'\nC = 'backend'\n");
    let snapshot = load(
        &home,
        &[
            ("PREFECT__CONTEXT__SECRETS__A", "variable"),
            ("PREFECT__CONTEXT__SECRETS__T__y", "7"),
            ("PREFECT__CONTEXT__SECRETS__N___B", "v"),
            ("PREFECT__context__secrets__LOWER", "fine"),
            ("PREFECT__Context__Secrets__MIXED", "not a secret"),
            ("PREFECT__CONTEXT__SECRETS__", "the empty name"),
        ],
    )
    .unwrap();
    for (name, provider, text) in [
        ("A", "env", "variable"),
        ("B", "toml", "backend"),
        ("C", "toml", "backend"),
        ("T", "env", "{\"x\":1,\"y\":7}"),
        ("N", "env", "{\"_B\":\"v\"}"),
        ("LOWER", "env", "fine"),
        ("", "env", "the empty name"),
    ] {
        let (p, t, _) = answer(&snapshot, name).unwrap_or_else(|| panic!("{name} is absent"));
        assert_eq!((p, &*t), (provider, text), "{name}");
    }
    assert_eq!(answer(&snapshot, "MIXED"), None);
    assert_eq!(answer(&snapshot, "N___B"), None);
}

#[test]
fn settings_say_where_they_were_made() {
    let home = Home::new();
    let config = home.config("backend = 'cloud'\n[cloud]\napi = 'http://a'\n");
    let snapshot = load(&home, &[("PREFECT__CLOUD__API_KEY", "k")]).unwrap();
    let api = snapshot.setting("cloud.api").unwrap();
    assert_eq!(
        (api.text, api.origin.to_string()),
        (&b"http://a"[..], config.display().to_string())
    );
    let key = snapshot.setting("cloud.api_key").unwrap();
    assert_eq!(key.text, b"k");
    assert_eq!(key.origin.to_string(), "environment variable PREFECT__CLOUD__API_KEY");
    assert!(snapshot.setting("cloud").is_none(), "a table is no setting");
    assert!(snapshot.setting("cloud.tenant_id").is_none());
}

#[test]
fn a_set_uid_program_takes_secrets_from_its_environment_and_nothing_else() {
    let home = Home::new();
    home.config("[context.secrets]\nT = 'from a file that the caller chose'\n");
    let variables = [
        ("PREFECT__CONTEXT__SECRETS__X", "x"),
        ("PREFECT__CLOUD__API", "http://attacker"),
        ("PREFECT__USER_CONFIG_PATH", "/tmp/attacker.toml"),
    ];
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let environment = Environment::of(variables, Some(home.path().into()), true);
    let snapshot = Snapshot::load(&environment, None).unwrap();
    assert!(snapshot.in_env("X").unwrap().is_some());
    assert!(snapshot.in_toml("T").unwrap().is_none());
    assert!(snapshot.setting("cloud.api").is_none());
    assert!(snapshot.files().is_empty());
}

#[test]
fn a_broken_file_names_its_place_and_shows_nothing() {
    for (toml, place) in [
        ("[context.secrets]\nA = 'fine'\nB = hunter2 hunter2\n", "line 3, column 5"),
        ("[context.secrets]\nA = \"hunter2\n", "line 2, column"),
        ("\"é\" = 1\n\"ü\" = hunter2\n", "line 2, column 7"),
        ("[a]\nx = 1\nx = 'hunter2'\n", "line 3, column 1"),
    ] {
        let home = Home::new();
        let path = home.config(toml);
        let Err(error) = load(&home, &[("PREFECT__CONTEXT__SECRETS__A", "v")]) else {
            panic!("it is broken: {place}")
        };
        assert_eq!(error.kind(), Kind::Invalid);
        let said = format!("{error} {error:?}");
        assert!(said.contains(&path.display().to_string()), "{said}");
        assert!(said.contains(place), "{place}: {said}");
        assert!(!said.contains("hunter2"), "an error shows the file");
    }
    let home = Home::new();
    home.write(".prefect/config.toml", b"A = 1\nB = '\xff\xfe'\n");
    let error = load(&home, &[]).err().unwrap();
    assert!(error.what().contains("is not UTF-8 at line 2, column 6"), "{error}");
}

#[test]
fn bytes_that_are_not_utf8_are_text_and_no_json() {
    use std::os::unix::ffi::OsStringExt;
    let value = std::ffi::OsString::from_vec(b"\xff\x00ok".to_vec());
    let nested = std::ffi::OsString::from_vec(b"\xff".to_vec());
    let variables = [
        ("PREFECT__CONTEXT__SECRETS__RAW".into(), value),
        ("PREFECT__CONTEXT__SECRETS__TABLE__M".into(), nested),
    ];
    let environment = Environment::of(variables.into_iter(), None, false);
    let snapshot = Snapshot::load(&environment, None).unwrap();
    let secret = snapshot.in_env("RAW").unwrap().unwrap();
    assert_eq!(secret.expose_text(), b"\xff\x00ok");
    assert_eq!(secret.expose_json().unwrap_err().kind(), Kind::Invalid);
    assert_eq!(snapshot.in_env("TABLE").unwrap_err().kind(), Kind::Invalid);
}

#[test]
fn deep_and_long_files_are_no_danger() {
    let home = Home::new();
    home.config(&format!("x = {}", "[".repeat(100_000)));
    assert_eq!(load(&home, &[]).err().unwrap().kind(), Kind::Invalid);
    let deep = format!("PREFECT__CONTEXT__SECRETS__{}", ["a"; 20_000].join("__"));
    let error = load(&Home::new(), &[(&deep, "v")]).err().unwrap();
    assert_eq!(error.kind(), Kind::Invalid);
}

#[test]
fn the_views_are_providers() {
    use prefect_secrets_providers::{Env, Toml, local::Local};
    let home = Home::new();
    let config = home.config("[context.secrets]\nFROM_FILE = '1'\n");
    let local = Arc::new(Local::load(Some(config)).unwrap());
    let (env, toml) = (Env::new(Arc::clone(&local), true), Toml::new(local, false));
    let deadline = Deadline::default();
    assert!(toml.exists("FROM_FILE", &deadline).unwrap());
    assert!(!env.exists("FROM_FILE", &deadline).unwrap());
    assert!(toml.list(&deadline).unwrap().contains(&"FROM_FILE".to_owned()));
    home.config("[context.secrets]\nOTHER = '2'\n");
    assert!(toml.get("OTHER", &deadline).unwrap().is_none(), "a snapshot does not change");
    env.refresh(&deadline).unwrap();
    assert!(toml.get("OTHER", &deadline).unwrap().is_some());
    home.config("broken");
    assert_eq!(env.refresh(&deadline).unwrap_err().kind(), Kind::Invalid);
    assert!(toml.get("OTHER", &deadline).unwrap().is_some(), "what was there stays");
}
