//! What does opening cost: a configuration, a plugin?

use std::collections::BTreeMap;
use std::hint::black_box;
use std::rc::Rc;

use prefect_secrets_providers::Opener;
use prefect_secrets_providers::plugin::{Search, inspect};
use prefect_secrets_testing::{Home, library, workspace};

use crate::boundary::Host;
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

pub(crate) fn loops() -> Vec<Loop> {
    let home = Home::new();
    let secrets: String =
        (0..100).map(|i| format!("SECRET_{i} = 'value-of-secret-number-{i}'\n")).collect();
    let file = home.write("config.toml", format!("[context.secrets]\n{secrets}"));
    let (plain, ours, home) = (file.clone(), file, Rc::new(home));
    let held = home.clone();
    let mut loops = vec![
        Loop::cpu("toml_into_strings", move || {
            assert!(held.path().is_dir());
            let text = std::fs::read_to_string(black_box(&plain)).unwrap();
            let plain: Plain = toml::from_str(&text).unwrap();
            assert_eq!(plain.context.secrets.len(), 100);
        }),
        Loop::cpu("open_100_secrets", move || {
            assert!(home.path().is_dir());
            Opener::new().config_path(black_box(&ours)).open().unwrap();
        }),
    ];
    let host = Rc::new(Host::start());
    host.home.write("secrets/IN_PLUGIN", "x");
    let source = workspace().join("examples/plugin_c/directory.c");
    let rust = library("prefect-secrets-plugin-directory", "libdirectory_plugin.so", true);
    for (language, plugin) in [("c", host.c.plugin(&source, &["-O2"])), ("rust", rust)] {
        let path = plugin.to_str().unwrap().to_owned();
        let search = Search::new();
        // Everything before the plugin's own code runs, in this process; no digest is pinned.
        loops.push(Loop::cpu(format!("checks_{language}"), move || {
            assert!(inspect(black_box(&path), &search).library.is_ok());
        }));
        let dlopen = (host.clone(), plugin.display().to_string());
        let load = (host.clone(), dlopen.1.clone());
        loops.push(Loop::new(format!("dlopen_{language}"), move |count| {
            dlopen.0.time(&format!("dlopen {count} {}", dlopen.1))
        }));
        loops.push(Loop::new(format!("plugin_{language}"), move |count| {
            let home = load.0.home.path();
            let (config, directory) = (home.join("plugin.toml"), home.join("secrets"));
            let (config, directory) = (config.display(), directory.display());
            load.0.time(&format!("load {count} {config} {} {directory}", load.1))
        }));
    }
    loops
}
