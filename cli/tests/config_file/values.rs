//! Values as TOML, and what the rules read of them.

use prefect_secrets_testing::{Home, find, prefect3};

use crate::{file, is_quiet, program, set, text};

/// What a text can be made of: every control character, what TOML gives a meaning to, and what Prefect
/// gives one to where it stands elsewhere.
fn texts() -> Vec<String> {
    let controls: String =
        (0..=0x1f).chain([0x7f, 0x80, 0x85]).filter_map(char::from_u32).collect();
    let mut texts: Vec<String> = [
        "p@ss",
        "",
        " ",
        "'",
        "\"",
        "''' \"\"\"",
        "\"begins\" and 'holds'",
        "\\",
        "\\n",
        "C:\\new\\u0041",
        "a # b",
        "]",
        "{}",
        "[x]",
        "\r\n",
        "\n",
        "line\nline\n",
        "-----BEGIN KEY-----\nQUJD\n-----END KEY-----\n",
        "\u{feff}",
        "é ü \u{2028} 😀",
        "a~b",
        "a$",
        "$ a",
        "\\\"",
        "\t",
    ]
    .map(String::from)
    .to_vec();
    texts.extend(controls.chars().map(String::from));
    texts.push(controls);
    texts
}

#[test]
fn every_text_comes_back_and_python_reads_the_same() {
    let home = Home::new();
    let texts = texts();
    let mut command = |i: usize| {
        let output = program(
            &home,
            &["set", "--allow-empty", "--text-only", "--to", "toml", &format!("T{i}")],
            &texts[i],
        );
        assert_eq!(output.status.code(), Some(0), "{i}: {}", text(&output.stderr));
        let got = program(&home, &["get", &format!("T{i}")], "");
        assert!(got.stdout == texts[i].as_bytes(), "{i}");
    };
    (0..texts.len()).for_each(&mut command);
    // Not tomllib alone: Python before 3.11 has none.
    let Some(python) = find("python3") else { return };
    let read = "import json, sys, tomllib\n\
                print(json.dumps(tomllib.load(open(sys.argv[1], 'rb'))['context']['secrets']))";
    let path = home.path().join(".prefect/config.toml");
    let has = home.command(&python).args(["-c", "import tomllib"]).output().unwrap();
    if !has.status.success() {
        return prefect_secrets_testing::skip("this Python is older than tomllib (3.11)");
    }
    let read = home.command(&python).args(["-c", read]).arg(path).output().unwrap();
    assert!(read.status.success(), "Python reads the file");
    let read: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    for (i, text) in texts.iter().enumerate() {
        assert!(read[format!("T{i}")] == **text, "{i}");
    }
}

/// Prefect 1 reads with the package `toml` of Python, which misreads some escapes. Prefect 3 has it, too.
#[test]
fn prefects_own_parser_reads_the_same() {
    let Some(python) = prefect3::python() else { return };
    let home = Home::new();
    let texts = texts();
    for (i, text) in texts.iter().enumerate() {
        let name = format!("T{i}");
        let arguments = ["set", "--allow-empty", "--text-only", "--to", "toml", &name];
        assert_eq!(program(&home, &arguments, text).status.code(), Some(0), "{i}");
    }
    let json = ["[1, \"a\"]", "{\"a\": \"x, y\", \"items\": [1, null]}", "[\"one\", \"a b\"]"];
    for (i, json) in json.iter().enumerate() {
        let output = program(&home, &["set", "--json", "--to", "toml", &format!("J{i}")], json);
        assert!(is_quiet(&output), "{i}: {}", text(&output.stderr));
    }
    let names = ["a\\b", "\\", "a b", "a.b", "\"", "'\"", "ключ"];
    for name in names {
        assert!(is_quiet(&set(&home, name, "v")), "{name:?}");
    }
    let read = "import json, sys, toml\n\
                read = toml.load(sys.argv[1])['context']['secrets']\n\
                print(json.dumps(read))";
    let path = home.path().join(".prefect/config.toml");
    let read = home.command(python).args(["-c", read]).arg(path).output().unwrap();
    assert!(read.status.success(), "it reads the file");
    let read: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    for (i, text) in texts.iter().enumerate() {
        assert!(read[format!("T{i}")] == **text, "{i}");
    }
    for name in names {
        assert!(read[name] == "v", "{name:?}");
    }
    for (i, json) in json.iter().enumerate() {
        // What that parser cannot type is text, which Prefect casts.
        let read = &read[format!("J{i}")];
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        let is_text =
            read.as_str().is_some_and(|text| serde_json::from_str(text).ok() == Some(json.clone()));
        assert!(is_text || *read == json, "{i}");
    }
}

#[test]
fn a_value_that_the_rules_would_change_is_refused_by_name() {
    let home = Home::new();
    let before = "[context.secrets]\nY = 'y'\n";
    home.config(before);
    for (value, why) in [
        ("marker$HOME", "behind $"),
        ("~/marker", "home directory"),
        ("~nobody-of-this-name-marker", "home directory"),
        ("${context.secrets.Y}marker", "${...}"),
        ("${HOME}", "${...}"),
        ("${no.such}", "${...}"),
        ("0000", "--text-only"),
        ("True", "--text-only"),
        ("1_000", "--text-only"),
        ("'42'", "--text-only"),
    ] {
        let output = set(&home, "X", value);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("(secret \"X\")") && said.contains(why), "{said}");
        assert!(!said.contains("marker") && !said.contains(&format!("{value:?}")), "{said}");
        assert_eq!(text(&file(&home)), before);
    }
    for value in ["0000", "True", "'42'"] {
        let arguments = ["set", "X", "--to", "toml", "--text-only"];
        assert!(is_quiet(&program(&home, &arguments, value)));
        assert!(program(&home, &["get", "X"], "").stdout == value.as_bytes());
    }
    // The flag accepts no other text.
    let other = program(&home, &["set", "X", "--to", "toml", "--text-only"], "a$HOME");
    assert_eq!(other.status.code(), Some(1));
    // Without the rules all of it is what it is.
    let verbatim = "[secrets.providers.toml]\nverbatim = true\n";
    home.config(verbatim);
    for value in ["marker$HOME", "~/marker", "${HOME}", "0000", "5", "True", "null"] {
        let output = set(&home, "X", value);
        assert!(is_quiet(&output), "{}", text(&output.stderr));
        assert!(program(&home, &["get", "X"], "").stdout == value.as_bytes());
    }
    let bytes = set(&home, "X", b"\xffmarker");
    assert_eq!(bytes.status.code(), Some(1));
    assert!(text(&bytes.stderr).contains("UTF-8") && !text(&bytes.stderr).contains("marker"));
}

#[test]
fn json_is_typed_where_toml_has_a_type_and_reads_as_the_same() {
    let home = Home::new();
    for (json, written) in [
        ("5", "5"),
        ("-7", "-7"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "\"9223372036854775808\""),
        ("1.50", "1.50"),
        ("1e+5", "1e+5"),
        ("1e400", "\"1e400\""),
        ("true", "true"),
        ("null", "\"null\""),
        ("\"text\"", "\"text\""),
        // As text it would be the number.
        ("\"0000\"", "'\"0000\"'"),
        ("[1, 2]", "[1, 2]"),
        // Prefect 1's parser knows arrays of one type alone.
        ("[1, \"a\"]", "'[1,\"a\"]'"),
        ("[null]", "\"[null]\""),
        ("{\"a\": {\"b\": [true]}}", "{ a = { b = [true] } }"),
        // A table comes back in the order of its names.
        ("{\"b\": 1, \"a\": 2}", "'{\"b\":1,\"a\":2}'"),
        ("{}", "\"{}\""),
        ("{\"a\": \"0000\"}", "'{\"a\":\"0000\"}'"),
        ("{\"items\": 1}", "'{\"items\":1}'"),
        // As text it would be expanded.
        ("[\"$HOME\"]", "[\"$HOME\"]"),
    ] {
        let output = program(&home, &["set", "--json", "X", "--to", "toml"], json);
        assert!(is_quiet(&output), "{json}: {}", text(&output.stderr));
        assert_eq!(text(&file(&home)), format!("[context.secrets]\nX = {written}\n"));
        let compact = json.replace(' ', "");
        assert_eq!(text(&program(&home, &["get", "--json", "X"], "").stdout), compact);
    }
    let before = file(&home);
    // A string of digits can be had as a number alone, and one with a variable as its value alone.
    for json in ["\"42\"", "\"$HOME\"", "{\"a\": \"$HOME\", \"b\": null}"] {
        let output = program(&home, &["set", "--json", "X", "--to", "toml"], json);
        assert_eq!(output.status.code(), Some(1), "{json}");
        assert!(text(&output.stderr).contains("(secret \"X\")"));
        assert!(file(&home) == before);
    }
    let both = program(&home, &["set", "--json", "--text-only", "X", "--to", "toml"], "1");
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_secret_that_refers_to_it_changes_and_no_other() {
    let home = Home::new();
    home.config(
        "[context.secrets]\nX = 'old'\nURL = 'db://me:${context.secrets.X}@h'\nZ = \"0000\"\nT = {a = 1}\n",
    );
    assert!(is_quiet(&set(&home, "X", "new")));
    for (name, value) in [("URL", "db://me:new@h"), ("Z", "0000"), ("T", "{\"a\":1}")] {
        assert!(program(&home, &["get", name], "").stdout == value.as_bytes(), "{name}");
    }
}

/// Where no variable is called so the text comes back as it is, today and here.
#[test]
fn a_name_behind_a_dollar_is_told() {
    let home = Home::new();
    home.config("");
    let output = set(&home, "X", "marker$nobody_here");
    let said = text(&output.stderr);
    assert!(
        output.status.success() && said.contains("behind a $") && !said.contains("marker"),
        "{said}"
    );
    assert!(program(&home, &["get", "X"], "").stdout == b"marker$nobody_here");
    home.config("[secrets.providers.toml]\nverbatim = true\n");
    assert!(is_quiet(&set(&home, "X", "marker$nobody_here")));
}
