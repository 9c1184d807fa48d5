//! Plugins of the chain.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use prefect_secrets_testing::{C, Home, program, workspace};

use super::report::Report;
use super::{MARKER, PROGRAM};

/// A home whose chain has the plugin `greeter` behind it.
fn with_plugin(home: &Home, plugin: &Path, more: &str) -> Report {
    home.config(&format!(
        "[secrets]\nchain = ['env', 'greeter']\n[secrets.providers.greeter]\nplugin = {plugin:?}\n\
         config.token = '{MARKER}'\n{more}\n"
    ));
    Report::of(&mut home.command(PROGRAM))
}

fn plugin(home: &Home) -> PathBuf {
    let c = C::new();
    let good = workspace().join("include/frozen/v1_0/plugin.c");
    let built = c.plugin(&c.source("good.c", &format!("#include {good:?}\n")), &["-O1"]);
    home.write("good.so", fs::read(built).unwrap())
}

#[test]
fn a_plugin_that_is_loaded_answers() {
    let home = Home::new();
    let good = plugin(&home);
    // Beside the program, where it is looked for.
    program("prefect-secrets-plugin-host", "--bin", "prefect-secrets-plugin-host");
    for isolation in ["in-process", "process"] {
        let more = format!("config.greeting = '{MARKER}'\nisolation = '{isolation}'");
        let report = with_plugin(&home, &good, &more);
        let [outcome, what, _] = report.one("plugins", "greeter");
        assert!(outcome == "ok" && what.contains("trust") && what.ends_with("create"), "{what}");
        assert_eq!(what.contains("start"), isolation == "process", "{what}");
        let [outcome, what, _] = report.one("providers", "greeter");
        assert!(outcome == "ok" && what.starts_with("answered in"), "{what}");
        assert!(what.contains("[secrets] chain in "), "{what}");
    }
}

#[test]
fn a_plugin_that_is_refused_is_told_with_its_step_and_why() {
    let home = Home::new();
    let good = plugin(&home);
    let writable = home.write("writable.so", fs::read(&good).unwrap());
    fs::set_permissions(&writable, fs::Permissions::from_mode(0o666)).unwrap();
    let in_process = "isolation = 'in-process'";
    for (file, more, step, why) in [
        (writable, "", "trust", "can be written by other users"),
        (home.write("text.so", "no library"), "", "file", "not a shared library"),
        (PathBuf::from("/nowhere.so"), "", "trust", "cannot be opened"),
        (good, in_process, "create", "no greeting"),
    ] {
        let report = with_plugin(&home, &file, more);
        let [outcome, what, next] = report.one("plugins", "greeter");
        assert_eq!(outcome, "broken");
        assert!(what.starts_with(&format!("refused at the step {step}: ")), "{what}");
        assert!(what.contains(why) && !next.is_empty(), "{what}; {next}");
        let [outcome, what, _] = report.one("providers", "greeter");
        assert!(outcome == "broken" && what.contains("its plugin was refused"), "{what}");
    }
}
