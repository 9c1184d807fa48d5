//! What do the rules of values cost?
//!
//! All in Rust and in one thread. The JSON view of a secret is made once, when somebody first asks
//! for it; opening makes none, unless a text holds something to expand.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::Criterion;
use prefect_secrets_benches::Ratios;
use prefect_secrets_core::value::{read, string, view};
use prefect_secrets_providers::local::{Environment, Snapshot};
use prefect_secrets_testing::Home;

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

fn main() {
    let ratios = Ratios::default()
        .row("values/cast_and_read_password", "values/json_string", 1.0, None)
        .row("values/cast_and_read_settings", "values/serde_json", 1.0, None)
        .row("values/read_settings", "values/serde_json", 1.0, None)
        .row("values/open_100_plain", "values/toml_100_plain", 1.0, Some((1.3, 2.0)))
        .row("values/open_100_expanded", "values/toml_100_expanded", 1.0, None);
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("values");
    group.bench_function("json_string", |bencher| bencher.iter(|| string(black_box(PASSWORD))));
    group.bench_function("cast_and_read_password", |bencher| {
        bencher.iter(|| view(black_box(PASSWORD), 2));
    });
    group.bench_function("serde_json", |bencher| {
        bencher.iter(|| {
            let value: serde_json::Value = serde_json::from_str(black_box(SETTINGS)).unwrap();
            serde_json::to_string(&value).unwrap()
        });
    });
    group.bench_function("cast_and_read_settings", |bencher| {
        bencher.iter(|| view(black_box(SETTINGS), 2));
    });
    group.bench_function("read_settings", |bencher| bencher.iter(|| read(black_box(SETTINGS))));

    let home = Home::new();
    let nowhere = Environment::of([("FOO".into(), "bar".into())].into_iter(), None, false);
    for (name, text) in [("plain", "value-of-secret-number-#"), ("expanded", "$FOO-#-${my.k}")] {
        let file = home.write(&format!("{name}.toml"), hundred(text));
        group.bench_function(format!("toml_100_{name}"), |bencher| {
            bencher.iter(|| {
                let text = std::fs::read_to_string(black_box(&file)).unwrap();
                let plain: Plain = toml::from_str(&text).unwrap();
                assert_eq!(plain.context.secrets.len(), 100);
            });
        });
        group.bench_function(format!("open_100_{name}"), |bencher| {
            bencher.iter(|| Snapshot::load(&nowhere, Some(black_box(&file))).unwrap());
        });
    }
    group.finish();
    criterion.final_summary();
    ratios.print();
}
