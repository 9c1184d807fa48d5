//! `set --to toml` and `delete --from toml`: what becomes of the file.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use prefect_secrets_testing::{Home, find, prefect3};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");

fn run(command: &mut Command, arguments: &[&str], input: &[u8]) -> Output {
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    // A program that refuses its arguments reads nothing.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn program(home: &Home, arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    run(&mut home.command(PROGRAM), arguments, input.as_ref())
}

fn set(home: &Home, name: &str, value: impl AsRef<[u8]>) -> Output {
    program(home, &["set", "--to", "toml", "--", name], value)
}

fn delete(home: &Home, name: &str) -> Output {
    program(home, &["delete", "--from", "toml", "--", name], "")
}

fn file(home: &Home) -> Vec<u8> {
    fs::read(home.path().join(".prefect/config.toml")).expect("the file is there")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("it is UTF-8")
}

/// Ends well, and says nothing.
fn is_quiet(output: &Output) -> bool {
    output.status.code() == Some(0) && output.stdout.is_empty() && output.stderr.is_empty()
}

/// Before, name, value, after.
type Change = (&'static str, &'static str, &'static str, &'static str);

/// The value alone.
const CHANGED: [Change; 11] = [
    (
        "# top\r\n[context.secrets]\r\n  X\t =  'old'  # why\r\nY = 1\r\n\n\t[cloud]\na=1 # end",
        "X",
        "new",
        "# top\r\n[context.secrets]\r\n  X\t =  \"new\"  # why\r\nY = 1\r\n\n\t[cloud]\na=1 # end",
    ),
    ("\u{feff}context.secrets.X = 1", "X", "v", "\u{feff}context.secrets.X = \"v\""),
    ("[context]\nsecrets . 'X' = 1 \n", "X", "v", "[context]\nsecrets . 'X' = \"v\" \n"),
    (
        "[context]\nsecrets = { A = 1, X = [\n 1, {X = 2} ], B = 2 }\n",
        "X",
        "v",
        "[context]\nsecrets = { A = 1, X = \"v\", B = 2 }\n",
    ),
    ("context={secrets={X=1}}", "X", "v", "context={secrets={X=\"v\"}}"),
    ("[context.secrets]\n'ключ é' = 1\n", "ключ é", "v", "[context.secrets]\n'ключ é' = \"v\"\n"),
    (
        "[context.secrets]\n\"a\\u0062\" = 1\n",
        "ab",
        "v",
        "[context.secrets]\n\"a\\u0062\" = \"v\"\n",
    ),
    (
        "[context.secrets]\nX = '''\n[context.secrets]\nX = 2\r\n''' # end\n",
        "X",
        "v",
        "[context.secrets]\nX = \"v\" # end\n",
    ),
    ("[context.secrets]\nX = {a = 1}\n", "X", "v", "[context.secrets]\nX = \"v\"\n"),
    ("[context.secrets]\nX = \"v\"", "X", "v", "[context.secrets]\nX = \"v\""),
    // What looks like it, and is not.
    (
        "X = 0\n[context]\nX = 1\n[secrets]\nchain = ['toml']\n[context.secrets]\nX = 2",
        "X",
        "v",
        "X = 0\n[context]\nX = 1\n[secrets]\nchain = ['toml']\n[context.secrets]\nX = \"v\"",
    ),
];

/// A line more: at the end of the table's own lines, beside dotted keys, in an inline table.
const ADDED: [Change; 10] = [
    (
        "[context.secrets] # here\r\n\tA = 1 # one\r\n\r\n# about what follows\r\n[context.secrets.T]\r\nz = 1\r\n",
        "X",
        "v",
        "[context.secrets] # here\r\n\tA = 1 # one\r\n\tX = \"v\"\r\n\r\n# about what follows\r\n[context.secrets.T]\r\nz = 1\r\n",
    ),
    (
        "[context.secrets]\nA = [\n 1, # one\n]\n[b]\n",
        "X",
        "v",
        "[context.secrets]\nA = [\n 1, # one\n]\nX = \"v\"\n[b]\n",
    ),
    ("[context.secrets]", "X", "v", "[context.secrets]\nX = \"v\""),
    (
        " [context.secrets] # none\r\n\r\n[b]\r\n",
        "X",
        "v",
        " [context.secrets] # none\r\n X = \"v\"\r\n\r\n[b]\r\n",
    ),
    (
        "a = 1\r\n[context.secrets]\r\nA = 1",
        "X",
        "v",
        "a = 1\r\n[context.secrets]\r\nA = 1\r\nX = \"v\"",
    ),
    // Beside dotted keys.
    (
        "context . secrets.A = 1\nb = 2\n",
        "X",
        "v",
        "context . secrets.A = 1\ncontext . secrets.X = \"v\"\nb = 2\n",
    ),
    (
        "[context]\n secrets.A.b = 1 # A\nc = 2\n",
        "X",
        "v",
        "[context]\n secrets.A.b = 1 # A\n secrets.X = \"v\"\nc = 2\n",
    ),
    ("context = { secrets.A = 1 }\n", "X", "v", "context = { secrets.A = 1, secrets.X = \"v\" }\n"),
    // In an inline table.
    (
        "[context]\nsecrets = { A = 1 }\n",
        "a b",
        "v",
        "[context]\nsecrets = { A = 1, \"a b\" = \"v\" }\n",
    ),
    (
        "context.secrets = {\n  A = 1, # one\n}\n",
        "X",
        "v",
        "context.secrets = {\n  A = 1, X = \"v\", # one\n}\n",
    ),
];

/// A table more, which stays when the secret goes; or a place in an empty one.
const ADDED_WITH_TABLE: [Change; 6] = [
    ("[context]\nsecrets = {}\n", "X", "v", "[context]\nsecrets = { X = \"v\" }\n"),
    ("context = { a = 1 }", "X", "v", "context = { a = 1, secrets = { X = \"v\" } }"),
    ("", "X", "v", "[context.secrets]\nX = \"v\"\n"),
    ("[a]\r\nb = 1", "X", "v", "[a]\r\nb = 1\r\n\r\n[context.secrets]\r\nX = \"v\"\r\n"),
    ("context.a = 1\n", "X", "v", "context.a = 1\n\n[context.secrets]\nX = \"v\"\n"),
    (
        "[context.secrets.T]\nz = 1\n",
        "",
        "v",
        "[context.secrets.T]\nz = 1\n\n[context.secrets]\n\"\" = \"v\"\n",
    ),
];

fn changes() -> impl Iterator<Item = Change> {
    CHANGED.into_iter().chain(ADDED).chain(ADDED_WITH_TABLE)
}

#[test]
fn one_value_or_one_line_changes_and_nothing_else() {
    for (before, name, value, after) in changes() {
        let home = Home::new();
        home.config(before);
        let output = set(&home, name, value);
        assert!(is_quiet(&output), "{before:?}: {}", text(&output.stderr));
        assert_eq!(text(&file(&home)), after);
        let got = program(&home, &["get", "--", name], "");
        assert!(got.stdout == value.as_bytes(), "{before:?}");
    }
}

#[test]
fn what_was_added_is_deleted_again() {
    for (before, name, _, after) in changes() {
        let home = Home::new();
        home.config(after);
        let output = delete(&home, name);
        assert!(is_quiet(&output), "{after:?}: {}", text(&output.stderr));
        if ADDED.iter().any(|added| added.0 == before) {
            assert_eq!(text(&file(&home)), before);
        }
        assert!(!text(&file(&home)).contains("\"v\""), "{after:?}");
        let again = delete(&home, name);
        assert_eq!(again.status.code(), Some(3));
        assert!(text(&again.stderr).contains("there to delete"), "{}", text(&again.stderr));
    }
    // The first of two, the lines of one value, and a comment that is about another one.
    for (before, after) in [
        ("context = { secrets = { X = 1, A = 2 } }", "context = { secrets = { A = 2 } }"),
        (
            "[context.secrets]\nA = 1 # A\nX = [\n 1,\n] # X\n# B\nB = 2\n",
            "[context.secrets]\nA = 1 # A\n# B\nB = 2\n",
        ),
        (
            "context.secrets = {\n A = 1, # A\n X = 2\n}\n",
            "context.secrets = {\n A = 1, # A\n \n}\n",
        ),
        ("\u{feff}context.secrets.X = 1\r\na = 1", "\u{feff}a = 1"),
    ] {
        let home = Home::new();
        home.config(before);
        assert!(is_quiet(&delete(&home, "X")));
        assert_eq!(text(&file(&home)), after);
    }
}

#[test]
fn where_one_line_is_not_the_whole_the_line_is_named() {
    for (before, line) in [
        ("a = 1\n[context.secrets.X]\nb = 1\n", 2),
        ("\n\n[context.secrets.X.y]\nb = 1\n", 3),
        ("[[context.secrets.X]]\nb = 1\n", 1),
        ("[[context]]\n[[context]]\n", 1),
        ("\n[[context.secrets]]\nX = 1\n", 2),
        ("[context.secrets]\nA = 1\nX.a = 1\n", 3),
        ("context.secrets.X.a = 1\n", 1),
        ("context = { secrets.X.a = 1 }\n", 1),
        ("a = 1\ncontext = 'marker'\n", 2),
        ("[context]\nsecrets = '''\n{}'''\n", 2),
        ("[context]\n\nsecrets = [{X = 1}]\n", 3),
    ] {
        let home = Home::new();
        home.config(before);
        for output in [set(&home, "X", "marker"), delete(&home, "X")] {
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{before:?}: {said}");
            assert!(said.contains(&format!("line {line} ")), "{before:?}: {said}");
            assert!(!said.contains("marker"), "{said}");
        }
        assert_eq!(text(&file(&home)), before);
    }
}

#[test]
fn a_broken_file_is_left_alone_and_its_line_is_named() {
    for (before, place) in [
        (&b"[context.secrets]\nX = marker\n"[..], "line 2, column 5"),
        (b"[context.secrets]\nX = 1\nX = 2\n", "line 3, column 1"),
        (b"X = '\xffmarker'\n", "line 1, column 6"),
    ] {
        let home = Home::new();
        home.write(".prefect/config.toml", before);
        for output in [set(&home, "X", "marker"), delete(&home, "X")] {
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains(place) && !said.contains("marker"), "{said}");
        }
        assert!(file(&home) == before);
        let folder = fs::read_dir(home.path().join(".prefect")).unwrap();
        assert_eq!(folder.count(), 1, "nothing was made beside it");
    }
}

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
fn names_that_break_prefect_or_are_set_elsewhere_are_refused() {
    let home = Home::new();
    let before = "[context.secrets]\nY = 'y'\n";
    home.config(before);
    let items = set(&home, "items", "marker");
    assert_eq!(items.status.code(), Some(1));
    assert!(text(&items.stderr).contains("Prefect 1"), "{}", text(&items.stderr));
    for backend in ["[context.secrets]\nX = 'theirs'\n", "[context]\nsecrets = 'none'\n"] {
        home.write(".prefect/backend.toml", backend);
        let output = set(&home, "X", "marker");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("backend.toml") && !said.contains("marker"), "{said}");
        assert_eq!(text(&file(&home)), before);
    }
    home.write(".prefect/backend.toml", "backend = 'cloud'\n");
    for name in ["a.b", "A__B", "a\nb", "'", "--x", "ключ"] {
        assert!(is_quiet(&set(&home, name, "v")), "{name:?}");
        assert!(program(&home, &["get", "--", name], "").stdout == b"v", "{name:?}");
    }
}

#[test]
fn who_is_asked_first_is_told() {
    let home = Home::new();
    for variable in ["PREFECT__CONTEXT__SECRETS__X", "PREFECT__CONTEXT__SECRETS__X__PART"] {
        let mut command = home.command(PROGRAM);
        command.env(variable, "theirs").env("PREFECT__CONTEXT__SECRETS__XY", "another");
        let output = run(&mut command, &["set", "X", "--to", "toml"], b"marker");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains(&format!("{variable} is asked first")), "{said}");
        assert!(!said.contains("__XY") && !said.contains("marker"), "{said}");
        assert!(program(&home, &["get", "X"], "").stdout == b"marker");
    }
    home.config(
        "[secrets]\nchain = ['plain', 'toml']\n[secrets.providers.plain]\nprovider = 'env'\nprefix = ''\n",
    );
    let mut command = home.command(PROGRAM);
    let output = run(command.env("X", "theirs"), &["set", "X", "--to", "toml"], b"marker");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("plain is asked first"), "{}", text(&output.stderr));
    // Where the chain does not ask the file there is nothing to write to.
    let before = "[secrets]\nchain = ['env']\n";
    home.config(before);
    let nobody = set(&home, "X", "v");
    assert_eq!(nobody.status.code(), Some(1));
    assert!(text(&nobody.stderr).contains("no provider named \"toml\""));
    assert_eq!(text(&file(&home)), before);
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

#[test]
fn the_file_is_the_one_that_is_read_and_its_owners_alone() {
    let home = Home::new();
    let folder = home.path().join(".prefect");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert!(is_quiet(&set(&home, "X", "v")));
    assert_eq!((mode(&folder), mode(&folder.join("config.toml"))), (0o700, 0o600));
    fs::set_permissions(folder.join("config.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(is_quiet(&set(&home, "X", "w")));
    assert_eq!(mode(&folder.join("config.toml")), 0o600);
    // Another one.
    let path = home.write("elsewhere/my.toml", "# mine\n");
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__USER_CONFIG_PATH", "$HOME/elsewhere/my.toml");
    assert!(is_quiet(&run(&mut command, &["set", "X", "--to", "toml"], b"v")));
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n\n[context.secrets]\nX = \"v\"\n");
    assert_eq!(text(&file(&home)), "[context.secrets]\nX = \"w\"\n");
    // One behind links, which stay.
    let config = folder.join("config.toml");
    fs::remove_file(&config).unwrap();
    std::os::unix::fs::symlink("../elsewhere/link.toml", &config).unwrap();
    std::os::unix::fs::symlink("my.toml", home.path().join("elsewhere/link.toml")).unwrap();
    assert!(is_quiet(&set(&home, "X", "z")));
    assert!(fs::symlink_metadata(&config).unwrap().is_symlink());
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
    assert!(fs::read_to_string(&path).unwrap().ends_with("X = \"z\"\n"));
    // A link to nothing, a folder, and a folder that is not there.
    fs::remove_file(&path).unwrap();
    let nothing = set(&home, "X", "v");
    assert!(text(&nothing.stderr).contains("which is not there"), "{}", text(&nothing.stderr));
    fs::remove_file(&config).unwrap();
    fs::create_dir(&config).unwrap();
    let is_folder = set(&home, "X", "v");
    assert!(text(&is_folder.stderr).contains("no regular file"), "{}", text(&is_folder.stderr));
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__USER_CONFIG_PATH", home.path().join("no/such/config.toml"));
    let nowhere = run(&mut command, &["set", "X", "--to", "toml"], b"v");
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(text(&nowhere.stderr).contains("make its folder first"), "{}", text(&nowhere.stderr));
}
