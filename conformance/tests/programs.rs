//! Plugins that are programs of their own, in Go and in Python: they keep the rules that the one in C
//! keeps, and answer as it does.

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::kit;
use prefect_secrets_testing::{C, Home, find, go, workspace};

fn folder(home: &Home) -> PathBuf {
    home.write("secrets/FIRST", "the first secret of the folder");
    let second = home.write("secrets/SECOND", "{\"a\": [1, 2, \"second secret\"]}");
    let settings = format!("{{\"directory\": {:?}}}", second.parent().expect("a folder"));
    home.write("settings.json", settings)
}

fn rules(plugin: &Path, settings: &Path) -> Vec<serde_json::Value> {
    // Starting a program takes its time: more of it for the rules that start many.
    let report = kit(plugin, settings, &["--write", "--limit", "60"]);
    assert_eq!(report["conforms"], true, "{report}");
    report["rules"].as_array().expect("rules").clone()
}

/// The rules that are kept by a program are those that the plugin in C keeps, but for those about a
/// library.
fn keeps_what_the_one_in_c_keeps(home: &Home, program: &Path) {
    let c = C::new();
    let in_c = c.plugin(&workspace().join("examples/plugin_c/directory.c"), &["-O2"]);
    let in_c = home.write("in_c.so", fs::read(in_c).expect("the plugin"));
    let settings = folder(home);
    let (theirs, in_c) = (rules(program, &settings), rules(&in_c, &settings));
    assert_eq!(theirs.len(), in_c.len());
    for (rule, in_c) in theirs.iter().zip(&in_c) {
        let name = rule["name"].as_str().expect("a name");
        let of_a_library = name.starts_with("artifact/") && name != "artifact/trusted";
        let why = rule["reason"].as_str().unwrap_or_default();
        if of_a_library {
            assert_eq!(why, "the plugin is a program, and no library", "{rule}");
        } else if !why.contains("too few to tell") {
            assert_eq!(
                (&rule["name"], &rule["verdict"]),
                (&in_c["name"], &in_c["verdict"]),
                "{rule}"
            );
        }
    }
}

fn executable(home: &Home, file: &str, from: &Path) -> PathBuf {
    let path = home.write(file, fs::read(from).expect("a program"));
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("its mode");
    path
}

#[test]
fn the_example_in_go() {
    let (Some(go), home) = (go::find(), Home::new()) else { return };
    let example = workspace().join("examples/plugin_go");
    let built = home.path().join("built");
    go::build(&go, &example, &built);
    executable(&home, "directory", &built);
    let manifest = fs::read(example.join("directory.toml")).expect("the manifest");
    keeps_what_the_one_in_c_keeps(&home, &home.write("directory.toml", manifest));
}

#[test]
fn the_example_in_python() {
    let (Some(_), home) = (find("python3"), Home::new()) else { return };
    let example = workspace().join("examples/plugin_python");
    executable(&home, "directory.py", &example.join("directory.py"));
    let module = workspace().join("bindings/python/prefect_secrets_provider.py");
    home.write("prefect_secrets_provider.py", fs::read(module).expect("the module"));
    let manifest = fs::read(example.join("directory.toml")).expect("the manifest");
    keeps_what_the_one_in_c_keeps(&home, &home.write("directory.toml", manifest));
}
