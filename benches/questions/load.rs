//! What does opening cost: a configuration, a plugin?

use std::collections::BTreeMap;
use std::hint::black_box;
use std::rc::Rc;

use prefect_secrets_core::Deadline;
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

/// What opening a configuration takes.
pub(crate) fn open() -> Vec<Loop> {
    let home = Rc::new(Home::new());
    let secrets: String =
        (0..100).map(|i| format!("SECRET_{i} = 'value-of-secret-number-{i}'\n")).collect();
    let file = home.write("config.toml", format!("[context.secrets]\n{secrets}"));
    // Both hold the folder that the file is in.
    let (floor, ours) = ((home.clone(), file.clone()), (home, file));
    vec![
        Loop::cpu("toml_into_strings", move || {
            let text = std::fs::read_to_string(black_box(&floor.1)).unwrap();
            let plain: Plain = toml::from_str(&text).unwrap();
            assert_eq!(plain.context.secrets.len(), 100);
            assert_eq!(plain.context.secrets["SECRET_7"], "value-of-secret-number-7");
            black_box(&floor.0);
        }),
        Loop::cpu("open_100_secrets", move || {
            let chain = Opener::new().config_path(black_box(&ours.1)).open().unwrap();
            let secret = chain.get("SECRET_7", &Deadline::default()).unwrap().unwrap();
            assert_eq!(secret.expose_text(), b"value-of-secret-number-7");
            black_box(&ours.0);
        }),
    ]
}

/// What loading a plugin takes.
pub(crate) fn loops() -> Vec<Loop> {
    let mut loops = Vec::new();
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
