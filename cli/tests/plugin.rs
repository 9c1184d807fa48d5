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
fn a_plugin_that_keeps_the_rules_conforms() {
    let home = Home::new();
    let (plugin, settings) = (plugin(&home, "good", ""), settings(&home));
    let more = ["--settings", &settings, "--name", "GREETING"];
    let output = check(&home, &plugin, &more);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let steps: Vec<_> = said.lines().take(3).map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(steps, ["search", "trust", "file"]);
    assert!(said.contains("passed      lifecycle/create\n"), "{said}");
    assert!(said.ends_with("not reached. The plugin conforms.\n"), "{said}");

    let output = check(&home, &plugin, &[&more[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["version"], &json["accepted"]), (&1.into(), &true.into()));
    assert_eq!(json["conforms"], true);
    assert_eq!(json["steps"][2]["step"], "file");
    assert!(json["rules"].as_array().unwrap().len() > 50);

    let output = check(&home, &plugin, &[&more[..], &["--tap"]].concat());
    let said = text(&output.stdout);
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan: usize = lines.next().unwrap().strip_prefix("1..").unwrap().parse().unwrap();
    assert_eq!(said.lines().filter(|line| line.starts_with("ok ")).count(), plan, "{said}");
}

#[test]
fn one_rule_or_one_group_brings_what_it_rests_on() {
    let home = Home::new();
    let (plugin, settings) = (plugin(&home, "good", ""), settings(&home));
    let rules = |rule: &str| -> Vec<String> {
        let more = ["--settings", &settings, "--name", "GREETING", "--json", "--rule", rule];
        let output = check(&home, &plugin, &more);
        assert_eq!(output.status.code(), Some(0));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let rules = json["rules"].as_array().unwrap();
        rules.iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        rules("table/header"),
        ["artifact/trusted", "artifact/library", "artifact/entry", "table/loads", "table/header",]
    );
    let manners = rules("manners");
    assert_eq!(manners.iter().filter(|rule| rule.starts_with("manners/")).count(), 8);
    assert!(manners.contains(&"calls/return".to_owned()));
    let output = check(&home, &plugin, &["--rule", "politeness"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is no rule \"politeness\""));
}

#[test]
fn a_refusal_says_at_which_step_and_why() {
    let home = Home::new();
    let good = plugin(&home, "good", "");
    let no_greeting = check(&home, &good, &[]);
    assert_eq!(no_greeting.status.code(), Some(1));
    let said = text(&no_greeting.stdout);
    assert!(
        said.contains(
            "BROKEN      lifecycle/create: create answered invalid (there is no greeting"
        ),
        "{said}"
    );
    assert!(said.contains("not reached calls/return: it rests on lifecycle/create"), "{said}");

    let writable = home.write("writable.so", std::fs::read(&good).unwrap());
    std::fs::set_permissions(&writable, std::fs::Permissions::from_mode(0o666)).unwrap();
    for (file, said) in [
        (writable, "can be written by other users"),
        (home.write("text.so", "no library"), "not a shared library"),
        (home.path().join("nowhere.so"), "cannot be opened"),
    ] {
        let output = check(&home, &file, &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
        let output = check(&home, &file, &["--no-load"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
        let output = check(&home, &file, &["--tap"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stdout).contains("not ok "), "{}", text(&output.stdout));
    }
    for (wrong, said) in [("relative/path.so", "relative path"), ("greeetr", "greeetr")] {
        let output = check(&home, Path::new(wrong), &["--tap"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "there is nothing to report on");
    }
    for (content, said) in [("[1]", "no JSON object"), ("{marker", "no JSON object")] {
        let wrong = home.write("wrong.json", content).display().to_string();
        let output = check(&home, &good, &["--settings", &wrong]);
        assert_eq!(output.status.code(), Some(1));
        let stderr = text(&output.stderr);
        assert!(stderr.contains(said) && !stderr.contains("marker"), "{stderr}");
        assert!(output.stdout.is_empty(), "it is not the plugin's fault: {stderr}");
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
    let started = home.path().join("started");
    let litter = format!(
        "FILE *f = fopen(\"{}\", \"a\"); fprintf(f, \"%d\\n\", getpid()); fclose(f); \
         if (fork() == 0) {{ for (;;) pause(); }}",
        started.display()
    );
    for (name, body, said) in [
        (
            "segfault",
            "*(volatile int *)8 = 1;",
            "BROKEN      table/loads: the process that it was in was ended by signal 11",
        ),
        (
            "abort",
            "abort();",
            "BROKEN      table/loads: the process that it was in was ended by signal 6",
        ),
        (
            "leave",
            "_exit(0);",
            "BROKEN      table/loads: the process that it was in was ended with code 0",
        ),
        (
            "hang",
            "for (;;) pause();",
            "BROKEN      table/loads: it was not through with it within 2 seconds",
        ),
        ("litter", litter.as_str(), "BROKEN      manners/processes: a child process is left"),
        ("loud", "puts(\"file: x: refused\"); fflush(stdout);", "BROKEN      manners/output: "),
    ] {
        let evil = plugin(&home, name, &constructor(body));
        let output = check(&home, &evil, &["--settings", &settings, "--limit", "2"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let all = text(&output.stdout);
        assert!(all.contains(said), "{name}: {all}");
        assert!(!all.contains("refused"), "it cannot write into the report");
        // The checks before loading run none of that.
        let output = check(&home, &evil, &["--no-load"]);
        assert_eq!(output.status.code(), Some(0), "{name}");
    }
    // What it started is ended with the process of its rule.
    let started = std::fs::read_to_string(started).unwrap();
    let groups: Vec<i32> = started.lines().map(|line| line.parse().unwrap()).collect();
    assert!(groups.len() > 10);
    let alive = |group: i32| {
        let processes = std::fs::read_dir("/proc").unwrap();
        let stats = processes
            .filter_map(|process| std::fs::read_to_string(process.ok()?.path().join("stat")).ok());
        let of_group = |stat: &String| {
            // pid (name) state parent group ...
            let rest = stat.rsplit(") ").next().unwrap_or_default();
            let mut words = rest.split(' ');
            words.next() != Some("Z") && words.nth(1) == Some(&group.to_string())
        };
        stats.filter(of_group).count()
    };
    assert_eq!(groups.iter().map(|&group| alive(group)).sum::<usize>(), 0);
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
