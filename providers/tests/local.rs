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

#[test]
fn text_and_json_are_two_views_of_one_value() {
    let home = Home::new();
    home.config(
        r#"
        [my]
        zeros = "0000"
        yes = true
        list = [1, 2.50]
        day = 2020-01-02T03:04:05Z
        [context.secrets]
        QUOTED = "'42'"
        WHOLE = "${my.zeros}"
        PART = "p${my.zeros}"
        TYPED = "${my.list}"
        TYPED_PART = "${my.yes}${my.list}"
        DAY = "${my.day}"
        DAY_PART = "at ${my.day}"
        IN_LITERAL = "'${my.zeros}'"
        NOT_IN_A_LIST = "['${my.zeros}']"
        LOOP = "$LOOP"
        TABLE.text = "0x10"
        TABLE.bytes = "b'x'"
        "#,
    );
    let snapshot = load(
        &home,
        &[
            ("LOOP", "x$LOOP"),
            ("PW", "00$TAIL"),
            ("TAIL", "07"),
            ("PREFECT__CONTEXT__SECRETS__ZEROS", "0000"),
            ("PREFECT__CONTEXT__SECRETS__TWICE", "'42'"),
            ("PREFECT__CONTEXT__SECRETS__HOME", "~/x"),
            ("PREFECT__CONTEXT__SECRETS__URL", "db://me:$PW@h"),
            ("PREFECT__CONTEXT__SECRETS__CHAIN", "$CHAINED"),
            ("CHAINED", "$NUMBER"),
            ("NUMBER", "7"),
            ("PREFECT__CONTEXT__SECRETS__TUPLE", "(1, 'a')"),
            ("PREFECT__CONTEXT__SECRETS__SET", "{1, 2}"),
            ("PREFECT__CONTEXT__SECRETS__BACKSLASH", r"C:\new"),
            ("PREFECT__CONTEXT__SECRETS__LOOPED", "$LOOP"),
            ("PREFECT__CONTEXT__SECRETS__LONG", "12345678901234567890.123456789012345678901"),
        ],
    )
    .unwrap();
    let at_home = home.path().join("x").display().to_string();
    for (name, text, json) in [
        ("QUOTED", "'42'", "42"),
        ("WHOLE", "0000", "0"),
        // The text keeps what Prefect loses: its own value is "p0".
        ("PART", "p0000", "\"p0\""),
        ("TYPED", "[1,2.50]", "[1,2.50]"),
        ("TYPED_PART", "True[1, 2.5]", "\"True[1, 2.5]\""),
        ("DAY", "2020-01-02T03:04:05Z", "\"2020-01-02T03:04:05Z\""),
        ("DAY_PART", "at 2020-01-02 03:04:05+00:00", "\"at 2020-01-02 03:04:05+00:00\""),
        ("IN_LITERAL", "'0000'", "0"),
        ("NOT_IN_A_LIST", "['${my.zeros}']", "[\"${my.zeros}\"]"),
        ("LOOP", "null", "null"),
        ("TABLE", r#"{"bytes":"b'x'","text":16}"#, r#"{"bytes":"b'x'","text":16}"#),
        ("ZEROS", "0000", "0"),
        ("TWICE", "'42'", "42"),
        ("HOME", &at_home, &format!("{at_home:?}")),
        ("URL", "db://me:0007@h", "\"db://me:0007@h\""),
        ("CHAIN", "7", "7"),
        ("TUPLE", "(1, 'a')", "[1,\"a\"]"),
        ("SET", "{1, 2}", "\"{1, 2}\""),
        ("BACKSLASH", r"C:\new", r#""C:\\new""#),
        ("LOOPED", "null", "null"),
        (
            "LONG",
            "12345678901234567890.123456789012345678901",
            "12345678901234567890.123456789012345678901",
        ),
    ] {
        let (_, t, j) = answer(&snapshot, name).unwrap_or_else(|| panic!("{name} is absent"));
        assert_eq!((&*t, &*j), (text, json), "{name}");
    }
}

#[test]
fn verbatim_takes_texts_as_they_were_written() {
    let home = Home::new();
    home.config(
        "[context.secrets]\nT = '~/${backend}'\nN = 5\nTABLE.a = '0x10'\n\
         [secrets.providers.env]\nverbatim = true\n[secrets.providers.toml]\nverbatim = true\n",
    );
    let variables = [
        ("FOO", "bar"),
        ("PREFECT__CONTEXT__SECRETS__E", "$FOO"),
        ("E", "x"),
        ("PREFECT__X", "$FOO"),
    ];
    let snapshot = load(&home, &variables).unwrap();
    for (name, text, json) in [
        ("T", "~/${backend}", "\"~/${backend}\""),
        ("N", "5", "\"5\""),
        ("TABLE", r#"{"a":"0x10"}"#, r#""{\"a\":\"0x10\"}""#),
        ("E", "$FOO", "\"$FOO\""),
    ] {
        let (_, t, j) = answer(&snapshot, name).unwrap();
        assert_eq!((&*t, &*j), (text, json), "{name}");
    }
    assert_eq!(snapshot.setting("x").unwrap().text, b"bar", "settings are not secrets");
}

#[test]
fn variables_merge_in_the_order_of_the_environment() {
    const S: &str = "PREFECT__CONTEXT__SECRETS";
    let name = |rest: &str| format!("{S}__{rest}");
    let home = Home::new();
    home.config("[context.secrets]\nA = 'file'\nT.x = '1'\n");
    let check = |variables: &[(&str, &str)], name: &str, json: Option<&str>| {
        let snapshot = load(&home, variables).unwrap();
        let found = answer(&snapshot, name).map(|(_, _, json)| json);
        assert_eq!(found.as_deref(), json, "{variables:?} {name}");
    };
    let (a, a_b, t, t_y, stray) =
        (name("A"), name("A__b"), name("T"), name("T__y"), "PREFECT__Context__Secrets__A");
    check(&[(S, "{'B': '0000'}")], "A", None);
    check(&[(S, "{'B': '0000'}")], "B", Some("\"0000\""));
    check(&[(S, "{'B': '42'}"), (&name("C"), "1")], "C", Some("1"));
    check(&[(&name("C"), "1"), (S, "{'B': '42'}")], "C", None);
    // What a file set keeps its place, which is before the variable of the whole.
    check(&[(S, "{'B': '42'}"), (&a, "1")], "A", None);
    check(&[(S, "{}")], "T", None);
    // Where Prefect crashes, the variable that comes later sets its part.
    check(&[(&a_b, "2")], "A", Some("{\"b\":2}"));
    check(&[(&a, "{'c': 1}"), (&a_b, "2")], "A", Some("{\"b\":2,\"c\":1}"));
    check(&[(&t_y, "2"), (&t, "v")], "T", Some("\"v\""));
    check(&[(&t, "v"), (&t_y, "2")], "T", Some("{\"y\":2}"));
    check(&[(&t, "v"), (&a, "${context.secrets.T.x}")], "A", Some("1"));
    check(&[(stray, "v")], "A", Some("\"file\""));
    let snapshot = load(&home, &[(S, "aXb")]).unwrap();
    assert_eq!(snapshot.in_env("X").unwrap_err().kind(), Kind::Invalid);
    assert!(snapshot.exists_in_env("X").unwrap() && !snapshot.exists_in_env("Y").unwrap());
}

#[test]
fn references_end_and_never_fill_the_memory() {
    let home = Home::new();
    let mut toml = String::from("[context.secrets]\nS0 = \"a${context.secrets.S0}\"\n");
    for i in 1..200 {
        let j = i - 1;
        toml += &format!("S{i} = \"${{context.secrets.S{j}}}${{context.secrets.S{j}}}\"\n");
    }
    home.config(&toml);
    let snapshot = load(&home, &[]).unwrap();
    let (_, text, _) = answer(&snapshot, "S0").unwrap();
    assert_eq!(text, "a".repeat(1024) + "${context.secrets.S0}");
}

#[test]
fn prefects_own_paths_can_be_moved() {
    let home = Home::new();
    home.config("[context.secrets]\nX = 'home'\n");
    home.write("other/c.toml", "[context.secrets]\nX = 'other'\n");
    home.write("other/b.toml", "[context.secrets]\nX = 'backend'\n");
    let found = |variables: &[(&str, &str)]| {
        let snapshot = load(&home, variables).unwrap();
        answer(&snapshot, "X").map(|(_, text, _)| text)
    };
    let config = "PREFECT__USER_CONFIG_PATH";
    assert_eq!(found(&[]).as_deref(), Some("home"));
    assert_eq!(found(&[(config, "~/other/c.toml")]).as_deref(), Some("other"));
    assert_eq!(found(&[("D", "~/other"), (config, "$D/c.toml")]).as_deref(), Some("other"));
    assert_eq!(found(&[(config, "")]), None, "an empty path is no file");
    assert_eq!(found(&[(config, "~/other")]), None, "a folder is no file");
    let backend = ("PREFECT__BACKEND_CONFIG_PATH", "~/other/b.toml");
    assert_eq!(found(&[backend]).as_deref(), Some("backend"));
    assert_eq!(found(&[("HOME", "/nowhere")]), None, "HOME counts, where it is set");
    let snapshot = load(&home, &[("PREFECT__HOME_DIR", "~/other")]).unwrap();
    assert_eq!(snapshot.folder(), Some(&*home.path().join("other")));
}

#[test]
fn what_is_no_file_is_no_configuration_and_nobody_waits_for_it() {
    let home = Home::new();
    let folder = home.path().join(".prefect");
    std::fs::create_dir_all(folder.join("config.toml")).unwrap();
    assert!(load(&home, &[]).unwrap().files().is_empty(), "a folder");
    std::fs::remove_dir(folder.join("config.toml")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.join("config.toml")).status();
    assert!(made.unwrap().success());
    assert!(load(&home, &[]).unwrap().files().is_empty(), "a pipe without a writer");
}
