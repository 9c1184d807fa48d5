//! The kit on every plugin of this project: they are meant to be copied, so they keep every rule.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::kit;
use prefect_secrets_testing::{C, Home, built, workspace};

/// A plugin that is trusted whatever the umask is.
fn installed(home: &Home, built: &Path) -> PathBuf {
    let name = built.file_name().expect("a name").to_str().expect("ASCII");
    home.write(name, fs::read(built).expect("the plugin"))
}

/// Every rule is kept, but for those that this plugin has nothing for; in the process of the rule and in
/// one of its own, and what is said of the rules is the same.
fn keeps_every_rule(plugin: &Path, settings: &str, more: &[&str], without: &[&str]) {
    let home = Home::new();
    let settings = home.write("settings.json", settings);
    let rules = |isolation: &str| {
        let more = [more, &["--isolation", isolation]].concat();
        let report = kit(plugin, &settings, &more);
        assert_eq!(report["conforms"], true, "{isolation}: {report}");
        report["rules"].as_array().expect("rules").clone()
    };
    let in_process = rules("in-process");
    assert!(in_process.len() > 50);
    for rule in &in_process {
        let name = rule["name"].as_str().expect("a name");
        let expected = if without.contains(&name) { "skipped" } else { "passed" };
        assert_eq!(rule["verdict"], expected, "{}: {rule}", plugin.display());
    }
    let in_child = rules("process");
    assert_eq!(in_child.len(), in_process.len());
    for (inside, outside) in in_child.iter().zip(&in_process) {
        // A machine that is busy starts too few processes in the time that this rule takes.
        let too_few = inside["reason"].as_str().is_some_and(|why| why.contains("too few to tell"));
        let same = ["name", "verdict"].iter().all(|key| inside[key] == outside[key]);
        assert!(same || too_few, "{}: {outside} but in a child {inside}", plugin.display());
    }
}

/// A folder with two secrets, and the settings that name it.
fn folder(home: &Home) -> String {
    home.write("secrets/FIRST", "the first secret of the folder");
    let second = home.write("secrets/SECOND", "{\"a\": [1, 2, \"second secret\"]}");
    format!("{{\"directory\": {:?}}}", second.parent().expect("a folder"))
}

const WRITING: [&str; 4] =
    ["writing/round-trip", "writing/replaces", "writing/delete", "writing/lists"];

#[test]
fn the_example_in_c() {
    let (c, home) = (C::new(), Home::new());
    let settings = folder(&home);
    let plugin = c.plugin(&workspace().join("examples/plugin_c/directory.c"), &["-O2"]);
    keeps_every_rule(&installed(&home, &plugin), &settings, &["--write"], &[]);
}

#[test]
fn the_example_in_rust() {
    let home = Home::new();
    let settings = folder(&home);
    let plugin = installed(&home, &built().rust_plugin());
    keeps_every_rule(&plugin, &settings, &["--write"], &[]);
}

#[test]
fn the_provider_of_mounted_secrets() {
    let home = Home::new();
    let settings = folder(&home);
    let plugin = installed(&home, &built().mounted_plugin());
    let without = [&["lifecycle/reason"][..], &WRITING].concat();
    keeps_every_rule(&plugin, &settings, &["--write", "--name", "FIRST"], &without);
}

/// Its only secret is a setting, it says nothing of overlapping calls, and its names are shorter than
/// the kit's.
#[test]
fn the_plugin_of_the_first_headers() {
    let (c, home) = (C::new(), Home::new());
    let plugin = c.plugin(&workspace().join("include/frozen/v1_0/plugin.c"), &["-O2"]);
    let settings = "{\"greeting\": \"a greeting of the first minor\"}";
    let plugin = installed(&home, &plugin);
    let without = [&["threads/overlap", "residue/values"][..], &WRITING].concat();
    keeps_every_rule(&plugin, settings, &["--write", "--name", "GREETING"], &without);
}
