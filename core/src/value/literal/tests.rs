//! What is a literal, and what is not.

use super::*;

/// The outcome as Python shows it within a list, which tells `'1'` from `1`.
fn shown(text: &str) -> Option<String> {
    let list = Object::List(vec![literal(text)?]);
    Some(String::from_utf8(list.display().expose().to_vec()).unwrap())
}

/// Each outcome is what `ast.literal_eval` of Python 3.10.13 gave.
#[test]
fn literals_are_read_as_python_reads_them() {
    for (text, wanted) in [
        ("1", "1"),
        (" \t1\n\n", "1"),
        ("\n1 # c\n # c", "1"),
        ("\\\n1", "1"),
        ("\x0c1", "1"),
        ("0_0", "0"),
        ("0777.5", "777.5"),
        ("0777j", "777j"),
        ("0xFFFFFFFFFFFFFFFFFFFFFFFFF", "1267650600228229401496703205375"),
        ("1_0e1_0", "100000000000.0"),
        (".5", "0.5"),
        ("-\\\n1", "-1"),
        ("-(1)", "-1"),
        ("-0", "0"),
        ("(-1)+2j", "(-1+2j)"),
        ("-1j", "(-0-1j)"),
        ("'a' \"b\" '''c\nd'''", "'abc\\nd'"),
        ("'a\\\r\nb'", "'ab'"),
        ("R'\\d'", "'\\\\d'"),
        ("'\\d\\101\\x41\\u00e9\\777'", "'\\\\dAAéǿ'"),
        ("'\\ud83d\\ude00'", "'😀'"),
        ("bR'\\x'", "b'\\\\x'"),
        ("b'\\400\\u1234\\N'", "b'\\x00\\\\u1234\\\\N'"),
        ("('a'\n# c\n'b')", "'ab'"),
        ("1,", "(1,)"),
        ("1, 2,\n", "(1, 2)"),
        ("()", "()"),
        ("[1\n ,\\\n2,]", "[1, 2]"),
        ("{'a': 1, 'a': 2, 1: 3, True: 4}", "{'a': 2, 1: 4}"),
        ("{1,}", "{1}"),
        ("set ( )", "set()"),
        ("...", "Ellipsis"),
    ] {
        assert_eq!(shown(text).as_deref(), Some(&*format!("[{wanted}]")), "{text:?}");
    }
}

#[test]
fn everything_else_is_text() {
    for text in [
        "",
        " ",
        "# c",
        "\n 1",
        "\x0c 1",
        "1\n1",
        "1\n ",
        "1 \\",
        "1\\\n",
        "-\n1",
        "1;",
        "1 2",
        "0_7",
        "1__0",
        "1_",
        "0x",
        "0x__f",
        "0b2",
        "1e",
        "1._5",
        "1.5.5",
        "1if",
        "--1",
        "-True",
        "1+2",
        "1j+2",
        "1+-2j",
        "1+2j+3j",
        "+'a'",
        "'a",
        "'a\nb'",
        "'a' b'b'",
        "ur''",
        "f''",
        "b'é'",
        "'\\x4'",
        "'\\u12'",
        "'\\U00110000'",
        "'\\N{BULLET}'",
        "'\\ud83d'",
        "'a' 'b'\n'c'",
        "(,)",
        "[,]",
        "[1,,]",
        "[1 2]",
        "[*[1]]",
        "{,}",
        "{1: 2, 3}",
        "{**{}}",
        "{[]: 1}",
        "{{}}",
        "[1",
        "1]",
        "(1)j",
        "none",
        "nan",
        "\u{feff}1",
        "１",
        "1\u{2028}",
        "1\0",
        "a.b",
        "f(1)",
        "set(1)",
        "lambda: 1",
    ] {
        assert_eq!(shown(text), None, "{text:?}");
    }
}

#[test]
fn depth_is_no_danger() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert!(literal(&nested(DEEPEST)).is_some());
    assert!(literal(&nested(DEEPEST + 1)).is_none());
    for open in ["[", "(", "{", "-(", "[(", "{1:", "'", "-"] {
        assert!(literal(&open.repeat(100_000)).is_none(), "{open}");
    }
}
