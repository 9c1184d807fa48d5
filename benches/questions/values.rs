//! What do the rules of values cost?
//!
//! All in Rust and in one thread. The JSON view of a secret is made once, when somebody first asks
//! for it; opening makes none, unless a text holds something to expand.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::rc::Rc;

use prefect_secrets_core::value::{read, string, view};
use prefect_secrets_providers::local::{Environment, Snapshot};
use prefect_secrets_testing::Home;

use crate::measure::Loop;

/// The floor of a configuration: the same file into strings of one's own.
#[derive(serde::Deserialize)]
struct Plain {
    context: Context,
}

#[derive(serde::Deserialize)]
struct Context {
    secrets: BTreeMap<String, String>,
}

const PASSWORD: &str = "0123456789abcdef0123456789ABCDEF";
const SETTINGS: &str = r#"{"host": "db.internal", "port": 5432, "user": "etl", "tls": true,
    "options": ["-c", "statement_timeout=0"], "password": "p\u00e4ss\nword"}"#;

/// A hundred secrets, each `text` with its number in it.
fn hundred(text: &str) -> String {
    let secret = |i: usize| format!("SECRET_{i} = '{}'\n", text.replace('#', &i.to_string()));
    "[context.secrets]\n".to_owned() + &(0..100).map(secret).collect::<String>()
}

pub(crate) fn loops() -> Vec<Loop> {
    let mut loops = vec![
        Loop::cpu("json_string", || drop(black_box(string(black_box(PASSWORD))))),
        Loop::cpu("cast_and_read_password", || drop(black_box(view(black_box(PASSWORD), 2)))),
        Loop::cpu("serde_json", || {
            let value: serde_json::Value = serde_json::from_str(black_box(SETTINGS)).unwrap();
            black_box(serde_json::to_string(&value).unwrap());
        }),
        Loop::cpu("cast_and_read_settings", || drop(black_box(view(black_box(SETTINGS), 2)))),
        Loop::cpu("read_settings", || drop(black_box(read(black_box(SETTINGS))))),
    ];
    let home = Rc::new(Home::new());
    for (name, text) in [("plain", "value-of-secret-number-#"), ("expanded", "$FOO-#-${my.k}")] {
        let nowhere = Environment::of([("FOO".into(), "bar".into())].into_iter(), None, false);
        let file = home.write(&format!("{name}.toml"), hundred(text));
        let (floor, ours) = ((home.clone(), file.clone()), (home.clone(), file));
        loops.push(Loop::cpu(format!("toml_100_{name}"), move || {
            let text = std::fs::read_to_string(black_box(&floor.1)).unwrap();
            let plain: Plain = toml::from_str(&text).unwrap();
            assert_eq!(plain.context.secrets.len(), 100);
        }));
        loops.push(Loop::cpu(format!("open_100_{name}"), move || {
            black_box(Snapshot::load(&nowhere, Some(black_box(&ours.1))).unwrap());
        }));
    }
    loops
}
