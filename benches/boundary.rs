//! What does a C program pay for a secret, beside doing it by hand?
//!
//! Every loop runs in `host.c`; a bench here only asks for one and takes the time that it reports.
//! The default chain has env, toml, a plugin written in C, and a Cloud that is not configured.

use criterion::Criterion;
use prefect_secrets_benches::{Host, Ratios};
use prefect_secrets_testing::workspace;

/// 32 bytes, in every place.
const VALUE: &str = "0123456789abcdef0123456789ABCDEF";

fn host() -> Host {
    Host::start(|c, home, command| {
        let source = workspace().join("benches/fixed.c");
        let plugin = home.write("fixed.so", std::fs::read(c.plugin(&source, &["-O2"])).unwrap());
        let secrets: String = (0..50).map(|i| format!("IN_FILE_{i} = '{VALUE}'\n")).collect();
        home.config(&format!(
            "[context.secrets]\n{secrets}\n[secrets]\nchain = ['env', 'toml', 'plugin', 'cloud']\n\
             [secrets.providers.plugin]\nplugin = {plugin:?}\nisolation = 'in-process'\n"
        ));
        command.env("PREFECT__CONTEXT__SECRETS__IN_ENV", VALUE);
    })
}

fn main() {
    let ratios = Ratios::default()
        .row("boundary/get_into_env", "boundary/floor_b", 1.0, Some((1.0, 1.3)))
        .row("boundary/get_env", "boundary/floor_a", 1.0, Some((0.55, 0.8)))
        .row("boundary/get_into_plugin", "boundary/floor_b", 1.0, None)
        .row("boundary/get_plugin", "boundary/floor_b", 1.0, Some((1.2, 1.8)))
        .row("boundary/get_plugin", "boundary/get_env", 1.0, None)
        .row("boundary/get_into_file", "boundary/get_into_env", 1.0, None)
        .row("boundary/get_many", "boundary/get_file", 50.0, Some((1.0, 1.3)));
    let mut criterion = Criterion::default().configure_from_args();
    let host = host();
    let mut group = criterion.benchmark_group("boundary");
    for command in [
        "floor_a",
        "floor_b",
        "crossing",
        "get_env",
        "get_into_env",
        "get_file",
        "get_into_file",
        "get_plugin",
        "get_into_plugin",
        "get_many",
    ] {
        group.bench_function(command, |bencher| {
            bencher.iter_custom(|count| host.time(&format!("{command} {count}")));
        });
    }
    group.finish();
    criterion.final_summary();
    ratios.print();
}
