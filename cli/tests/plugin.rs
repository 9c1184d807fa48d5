//! `plugin check` and `plugin list`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use prefect_secrets_testing::{C, Home, workspace};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");

/// A plugin of the first minor, with `before` compiled in front of it.
fn plugin(home: &Home, name: &str, before: &str) -> PathBuf {
    let c = C::new();
    let good = workspace().join("include/frozen/v1_0/plugin.c");
    let source = format!("{before}\n#include {good:?}\n");
    let built = c.plugin(&c.source(&format!("{name}.c"), &source), &["-O1"]);
    home.write(&format!("{name}.so"), std::fs::read(built).unwrap())
}

fn check(home: &Home, plugin: &Path, more: &[&str]) -> Output {
    let mut command = home.command(PROGRAM);
    command.args(["plugin", "check"]).args(more).arg(plugin).output().expect("the program runs")
}

fn settings(home: &Home) -> String {
    home.write("settings.json", "{\"greeting\": \"hello\"}").display().to_string()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

#[test]
fn a_plugin_that_loads_is_accepted_step_by_step() {
    let home = Home::new();
    let (plugin, settings) = (plugin(&home, "good", ""), settings(&home));
    let output = check(&home, &plugin, &["--settings", &settings]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let steps: Vec<_> = said.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(steps, ["search", "trust", "file", "open", "table", "id", "create"]);
    assert!(said.lines().all(|line| line.ends_with(": accepted")), "{said}");

    let output = check(&home, &plugin, &["--json", "--settings", &settings]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["version"], &json["accepted"]), (&1.into(), &true.into()));
    assert_eq!(json["steps"][5]["subject"], "of-minor-0");
}

#[test]
fn a_refusal_says_at_which_step_and_why() {
    let home = Home::new();
    let good = plugin(&home, "good", "");
    let no_greeting = check(&home, &good, &[]);
    assert_eq!(no_greeting.status.code(), Some(1));
    let said = text(&no_greeting.stdout);
    assert!(said.contains("create: checked: refused, invalid: there is no greeting"), "{said}");

    let writable = home.write("writable.so", std::fs::read(&good).unwrap());
    std::fs::set_permissions(&writable, std::fs::Permissions::from_mode(0o666)).unwrap();
    for (file, said) in [
        (writable, "can be written by other users"),
        (home.write("text.so", "no library"), "not a shared library"),
        (home.path().join("nowhere.so"), "cannot be opened"),
        (PathBuf::from("relative/path.so"), "relative path"),
    ] {
        let output = check(&home, &file, &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
    }
    for (content, said) in [("[1]", "no JSON object"), ("{marker", "no JSON object")] {
        let wrong = home.write("wrong.json", content).display().to_string();
        let output = check(&home, &good, &["--settings", &wrong]);
        assert_eq!(output.status.code(), Some(1));
        let stderr = text(&output.stderr);
        assert!(stderr.contains(said) && !stderr.contains("marker"), "{stderr}");
        assert!(!stderr.contains("the plugin ended"), "it is not the plugin's fault: {stderr}");
    }
}

#[test]
fn what_a_plugin_does_while_it_is_loaded_hurts_nobody() {
    let home = Home::new();
    let constructor = |body: &str| {
        format!(
            "#include <signal.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n\
             __attribute__((constructor)) static void at_load(void) {{ {body} }}"
        )
    };
    let settings = settings(&home);
    for (name, body, said) in [
        ("segfault", "*(volatile int *)8 = 1;", "by signal 11"),
        ("abort", "abort();", "by signal 6"),
        ("leave", "_exit(0);", "with code 0"),
        ("hang", "for (;;) pause();", "did not return within 10 seconds"),
        ("litter", "if (fork() == 0) { sleep(15); _exit(0); }", "left a process behind"),
    ] {
        let evil = plugin(&home, name, &constructor(body));
        let output = check(&home, &evil, &["--settings", &settings]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(text(&output.stderr).contains(said), "{name}: {}", text(&output.stderr));
        // The checks before loading run none of that.
        let output = check(&home, &evil, &["--no-load"]);
        assert_eq!(output.status.code(), Some(0), "{name}");
    }
    let loud = plugin(&home, "loud", &constructor("puts(\"open: x: refused\"); fflush(stdout);"));
    let output = check(&home, &loud, &["--settings", &settings]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!text(&output.stdout).contains("refused"), "it cannot write into the trace");
}

#[test]
fn installed_plugins_are_listed() {
    let home = Home::new();
    let run = |arguments: &[&str]| home.command(PROGRAM).args(arguments).output().unwrap();
    let lines = run(&["plugin", "list"]);
    assert_eq!(lines.status.code(), Some(0));
    assert!(text(&lines.stdout).lines().all(|line| line.split('\t').count() >= 3));
    let json = run(&["plugin", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), text(&lines.stdout).lines().count());
}
