//! Random TOML files: one value changes, and not a byte beside it.

use std::cell::{Cell, RefCell};
use std::fs;

use prefect_secrets_testing::Home;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use crate::program;

/// Values as people write them.
const VALUES: [&str; 20] = [
    "1",
    "-1_000",
    "0x1F",
    "3.50",
    "inf",
    "true",
    "'text'",
    "\"with \\\"escapes\\\" \\u00e9\"",
    "'# no comment'",
    "\"[context.secrets]\"",
    "'''\nX = 1\n'quoted'\n'''",
    "\"\"\"\r\n  [context.secrets]\\\r\n  X = 2\"\"\"",
    "2020-01-02T03:04:05Z",
    "07:32:00",
    "[]",
    "[ 1, [ 'a', {X = 1} ] ,\n  # why\n 2, ]",
    "{}",
    "{ X = 1, 'a b' . c = [ 2 ] }",
    "{secrets={X=1}}",
    "'ключ \u{1f511}'",
];

/// Keys, each in more than one spelling.
const KEYS: [(&str, &str); 10] = [
    ("A", "A"),
    ("A", "'A'"),
    ("b-1", "b-1"),
    ("secrets", "secrets"),
    ("context", "\"context\""),
    ("ключ", "'ключ'"),
    ("é", "\"\\u00e9\""),
    ("a b", "\"a b\""),
    ("a.b", "'a.b'"),
    ("", "''"),
];

/// How the file has its secrets.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Nowhere,
    Header,
    Dotted,
    DottedInContext,
    Inline,
    InlineInContext,
}

/// A file, and how its secret `X` is written there, if it is.
#[derive(Clone, Debug)]
struct Case {
    before: String,
    after: String,
    x: Option<&'static str>,
    home: Place,
}

fn newline() -> impl Strategy<Value = &'static str> {
    select(&["\n", "\r\n"][..])
}

fn space() -> impl Strategy<Value = &'static str> {
    select(&["", " ", "\t", "  "][..])
}

/// What may stand behind a value.
fn end() -> impl Strategy<Value = String> {
    let comment = select(&["", " # why", "\t# é [context.secrets] X = 1", "#"][..]);
    (space(), comment, newline())
        .prop_map(|(space, comment, newline)| format!("{space}{comment}{newline}"))
}

fn blank() -> impl Strategy<Value = String> {
    (prop::collection::vec((space(), end()), 0..3))
        .prop_map(|lines| lines.iter().map(|(space, end)| format!("{space}{end}")).collect())
}

/// Keys and values of one table, each on its line; the names are different ones.
fn pairs(prefix: &'static str) -> impl Strategy<Value = String> {
    let pair = (select(&KEYS[..]), select(&VALUES[..]), space(), space(), end(), blank());
    prop::collection::vec(pair, 0..5).prop_map(move |pairs| {
        let mut names = vec![if prefix.is_empty() { "context" } else { "" }];
        let mut text = String::new();
        for ((name, key), value, indent, space, end, blank) in pairs {
            if !names.contains(&name) && (name != "secrets" || prefix.contains("secrets")) {
                names.push(name);
                text += &format!("{blank}{indent}{prefix}{key}{space}={space}{value}{end}");
            }
        }
        text
    })
}

fn inline() -> impl Strategy<Value = String> {
    let pair = (select(&KEYS[..]), select(&VALUES[..]), space());
    prop::collection::vec(pair, 0..4).prop_map(|pairs| {
        let mut names = Vec::new();
        let mut items = Vec::new();
        for ((name, key), value, space) in pairs {
            if !names.contains(&name) {
                names.push(name);
                items.push(format!("{space}{key}{space}={space}{value}{space}"));
            }
        }
        items.join(",")
    })
}

prop_compose! {
    fn cases()(
        home in select(&[
            Place::Nowhere, Place::Header, Place::Dotted, Place::DottedInContext, Place::Inline,
            Place::InlineInContext,
        ][..]),
        x in prop::option::of(select(&VALUES[..])),
        key in select(&["X", "'X'", "\"X\"", "\"\\u0058\""][..]),
        mark in any::<bool>(),
        is_ended in any::<bool>(),
        (root, other, after) in (pairs(""), pairs(" "), pairs("  ")),
        (own, more) in (pairs("\t"), pairs("")),
        (dotted, dotted_more) in (pairs("context . secrets."), pairs("secrets.")),
        (items, items_more) in (inline(), any::<bool>()),
        (indent, space, end, header_end, blank) in (space(), space(), end(), end(), blank()),
        is_first in any::<bool>(),
    ) -> Case {
        // Nowhere there is no X, either; and nothing to be beside.
        let x = x.filter(|_| home != Place::Nowhere);
        let hole = "\u{1}";
        let pair = |prefix: &str| match x {
            Some(_) => format!("{indent}{prefix}{key}{space}={space}{hole}{end}"),
            None => String::new(),
        };
        let both = |a: String, b: String| if is_first { format!("{a}{b}") } else { format!("{b}{a}") };
        let list = |x: String| match (x.is_empty(), items.is_empty()) {
            (true, _) => items.clone(),
            (_, true) => x,
            _ if items_more => format!("{x},{items}"),
            _ => format!("{items},{x}"),
        };
        let in_list = x.map_or_else(String::new, |_| format!("{space}{key}{space}={space}{hole}{indent}"));
        let mut text = match home {
            Place::Nowhere | Place::Header | Place::InlineInContext | Place::DottedInContext => root,
            Place::Dotted => format!("{root}{}", both(pair("context . secrets."), dotted)),
            Place::Inline => format!("{root}context.secrets ={space}{{{}}}{end}", list(in_list.clone())),
        };
        text += &format!("{blank}[ other ]{header_end}{other}");
        text += &match home {
            Place::Header => format!("{indent}[ context . 'secrets' ]{header_end}{}", both(pair(""), own)),
            Place::DottedInContext => format!("[context]{header_end}{}", both(pair("secrets."), dotted_more)),
            Place::InlineInContext => format!("[context]{end}secrets={{{}}}{end}", list(in_list)),
            _ => String::new(),
        };
        text += &format!("{blank}[[array]]{header_end}{after}[[array]]{end}{blank}[last]{header_end}{more}");
        if mark {
            text.insert(0, '\u{feff}');
        }
        if !is_ended {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        let with = |value: &str| text.replace(hole, value);
        Case { before: with(x.unwrap_or("")), after: with("\"new value\""), x, home }
    }
}

fn parsed(text: &str) -> toml::Table {
    text.trim_start_matches('\u{feff}').parse().expect("it is TOML")
}

/// The table without the secret `X`, and without the tables around it where they hold nothing else.
fn others(text: &str) -> toml::Table {
    let mut table = parsed(text);
    let mut context = table.remove("context").unwrap_or_else(|| toml::Table::new().into());
    let inner = context.as_table_mut().expect("a table");
    if let Some(secrets) = inner.get_mut("secrets").and_then(toml::Value::as_table_mut) {
        secrets.remove("X");
        if secrets.is_empty() {
            inner.remove("secrets");
        }
    }
    if !inner.is_empty() {
        table.insert("context".into(), context);
    }
    table
}

#[test]
fn one_value_changes_and_not_a_byte_beside_it() {
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let (changed, added) = (Cell::new(0), RefCell::new(Vec::new()));
    let outcome = TestRunner::new(config).run(&cases(), |case| {
        let Case { before, after, x, home: place } = &case;
        // The control: what is generated is TOML, or the test would say nothing.
        parsed(before);
        let home = Home::new();
        let path = home.config(before);
        let output = program(&home, &["set", "--to", "toml", "X"], "new value");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let new = fs::read_to_string(&path).unwrap();
        if x.is_some() {
            assert!(new == *after, "{new:?}");
            changed.set(changed.get() + 1);
        } else {
            // The old text is all there, with one piece more in it.
            let start = before.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
            assert!(new.len() > before.len() && new.len() < before.len() + 80, "{new:?}");
            assert!(new.as_bytes().ends_with(&before.as_bytes()[start..]), "{new:?}");
            added.borrow_mut().push(*place);
        }
        assert!(others(&new) == others(before), "{new:?}");
        let secrets = parsed(&new)["context"]["secrets"].clone();
        assert!(secrets["X"].as_str() == Some("new value"), "{new:?}");
        let got = program(&home, &["get", "X"], "");
        assert!(got.stdout == b"new value");
        let deleted = program(&home, &["delete", "--from", "toml", "X"], "");
        assert_eq!(deleted.status.code(), Some(0), "{deleted:?}");
        let without = fs::read_to_string(&path).unwrap();
        assert!(others(&without) == others(before), "{without:?}");
        assert_eq!(program(&home, &["exists", "X"], "").status.code(), Some(3));
        Ok(())
    });
    outcome.unwrap_or_else(|why| panic!("{why}"));
    assert!(changed.get() > 0);
    for place in [Place::Nowhere, Place::Header, Place::Dotted, Place::Inline] {
        assert!(added.borrow().contains(&place), "{place:?} was among them");
    }
}
