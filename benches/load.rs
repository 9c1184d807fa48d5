//! What does opening cost: a configuration, a plugin?

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, SamplingMode};
use prefect_secrets_benches::{Host, Ratios};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::plugin::{Search, inspect};
use prefect_secrets_testing::{Home, built_as, workspace};

/// The floor of a configuration: the same file into strings of one's own.
#[derive(serde::Deserialize)]
struct Plain {
    context: Context,
}

#[derive(serde::Deserialize)]
struct Context {
    secrets: BTreeMap<String, String>,
}

fn main() {
    let ratios = Ratios::default()
        .row("load/open_100_secrets", "load/toml_into_strings", 1.0, Some((1.3, 2.0)))
        .row("load/plugin_c", "load/dlopen_c", 1.0, Some((2.0, 3.0)))
        .row("load/plugin_rust", "load/dlopen_rust", 1.0, Some((2.0, 3.0)))
        .row("load/checks_c", "load/dlopen_c", 1.0, None)
        .row("load/checks_rust", "load/dlopen_rust", 1.0, None)
        .below("load/checks_c", 50_000.0)
        .below("load/checks_rust", 50_000.0);
    let home = Home::new();
    let secrets: String =
        (0..100).map(|i| format!("SECRET_{i} = 'value-of-secret-number-{i}'\n")).collect();
    let file = home.write("config.toml", format!("[context.secrets]\n{secrets}"));

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("load");
    group.bench_function("toml_into_strings", |bencher| {
        bencher.iter(|| {
            let text = std::fs::read_to_string(black_box(&file)).unwrap();
            let plain: Plain = toml::from_str(&text).unwrap();
            assert_eq!(plain.context.secrets.len(), 100);
        });
    });
    group.bench_function("open_100_secrets", |bencher| {
        bencher.iter(|| Opener::new().config_path(black_box(&file)).open().unwrap());
    });

    let host = Host::start(|_, home, command| {
        home.write("secrets/IN_PLUGIN", "x");
        command.env("PREFECT__CONTEXT__SECRETS__IN_ENV", "x");
    });
    let source = workspace().join("examples/plugin_c/directory.c");
    let plugins =
        [("c", host.c().plugin(&source, &["-O2"])), ("rust", built_as(true).rust_plugin())];
    // Everything before the plugin's own code runs, in this process; no digest is pinned.
    for (language, plugin) in &plugins {
        let plugin = plugin.to_str().unwrap();
        group.bench_function(format!("checks_{language}"), |bencher| {
            let search = Search::new();
            bencher.iter(|| assert!(inspect(black_box(plugin), &search).library.is_ok()));
        });
    }
    let (config, directory) = (host.home().join("plugin.toml"), host.home().join("secrets"));
    std::fs::write(&config, "").unwrap();
    group.sample_size(20);
    // The host loads at most 50 times for one answer, however many are asked for; a warm-up that
    // doubles until time has passed would ask for more than any number holds.
    group.warm_up_time(Duration::from_millis(1)).sampling_mode(SamplingMode::Flat);
    for (language, plugin) in plugins {
        let plugin = plugin.display();
        group.bench_function(format!("dlopen_{language}"), |bencher| {
            bencher.iter_custom(|count| host.time(&format!("dlopen {count} {plugin}")));
        });
        group.bench_function(format!("plugin_{language}"), |bencher| {
            let (config, directory) = (config.display(), directory.display());
            bencher.iter_custom(|count| {
                host.time(&format!("open {count} {config} {plugin} {directory}"))
            });
        });
    }
    group.finish();
    criterion.final_summary();
    ratios.print();
}
