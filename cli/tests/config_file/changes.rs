//! What changes in the text.

use std::fs;

use prefect_secrets_testing::Home;

use crate::{delete, file, is_quiet, program, set, text};

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
const ADDED: [Change; 11] = [
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
        "context = { secrets = { A = 1 }, b = 2 }",
        "X",
        "v",
        "context = { secrets = { A = 1, X = \"v\" }, b = 2 }",
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
