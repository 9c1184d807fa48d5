//! Every command of `docs/writing-a-provider.md` is run, as somebody who follows the page would.

use std::path::Path;
use std::process::{Command, Output};

use prefect_secrets_testing::{Home, built, find, go, workspace};

/// The commands under a heading, in order, without the indentation of a list.
fn commands(heading: &str) -> String {
    let page = std::fs::read_to_string(workspace().join("docs/writing-a-provider.md")).unwrap();
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).expect("the heading");
    let section = section.split("\n## ").next().unwrap();
    let mut commands = String::new();
    for block in section.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let indent = block.len() - block.trim_start().len();
        for line in block.lines() {
            commands += line.get(indent.min(line.len())..).unwrap_or_default();
            commands.push('\n');
        }
    }
    assert!(!commands.is_empty(), "{heading} has commands");
    commands
}

/// Follows a section of the page in `home`, until a command fails.
fn follow(home: &Home, heading: &str) -> Output {
    follow_with(home, heading, None)
}

/// The same, with one more folder of programs.
fn follow_with(home: &Home, heading: &str, more: Option<&Path>) -> Output {
    let mut shell = home.command("bash");
    let path = std::env::var("PATH").unwrap_or_default();
    let path = match more {
        Some(folder) => format!("{}:{path}", folder.display()),
        None => path,
    };
    let cli = built().cli();
    shell
        .args(["-euo", "pipefail", "-c", &commands(heading)])
        .current_dir(home.path())
        .env("PATH", format!("{}:{path}", cli.parent().unwrap().display()))
        .env("LIBPREFECT_SECRETS", workspace())
        // What the page builds needs nothing that this project has not fetched already.
        .env("CARGO_NET_OFFLINE", "true")
        .env("GOPROXY", "off")
        .env("GOTOOLCHAIN", "local")
        .env("GOCACHE", workspace().join("target/go/cache"))
        .env("GOPATH", workspace().join("target/go/path"));
    for name in ["CARGO_HOME", "RUSTUP_HOME"] {
        let default = std::env::home_dir().map(|home| match name {
            "CARGO_HOME" => home.join(".cargo"),
            _ => home.join(".rustup"),
        });
        shell.env(name, std::env::var_os(name).or(default.map(Into::into)).unwrap_or_default());
    }
    shell.output().expect("bash runs")
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn a_plugin_in_c_from_nothing_to_a_secret() {
    let (Some(_), home) = (find("bash"), Home::new()) else { return };
    let output = follow(&home, "In C");
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("The plugin conforms.").count(), 1, "{said}");
    assert!(!said.contains("advice "), "{said}");
    assert!(said.contains("hello\"GREETING\": found, greeter"), "{said}");
    // What is there already is not written over.
    let again = Command::new(built().cli())
        .args(["plugin", "new", "--language", "c", "greeter"])
        .current_dir(home.path())
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("there is a \"greeter\" here already"));
}

#[test]
fn a_plugin_in_cpp_from_nothing_to_a_secret() {
    let (Some(_), home) = (find("bash"), Home::new()) else { return };
    let output = follow(&home, "In C++");
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("The plugin conforms."), "{said}");
    assert!(said.contains("passed      artifact/exports"), "{said}");
}

#[test]
fn a_plugin_in_rust_from_nothing_to_a_secret() {
    let (Some(_), home) = (find("bash"), Home::new()) else { return };
    let output = follow(&home, "In Rust");
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("The plugin conforms."), "{said}");
}

#[test]
fn a_plugin_in_go_from_nothing_to_a_secret() {
    let (Some(_), Some(go), home) = (find("bash"), go::find(), Home::new()) else { return };
    let output = follow_with(&home, "In Go", go.parent());
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("The plugin conforms."), "{said}");
    assert!(said.contains("passed      values/known"), "{said}");
}

#[test]
fn a_plugin_in_python_from_nothing_to_a_secret() {
    let (Some(_), Some(_), home) = (find("bash"), find("python3"), Home::new()) else { return };
    let output = follow(&home, "In Python");
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("The plugin conforms."), "{said}");
    assert!(said.contains("passed      values/known"), "{said}");
}

#[test]
fn what_cannot_become_a_plugin_is_refused() {
    let home = Home::new();
    for name in ["Vault", "-vault", "../vault", "va ult", "", "9", "vält"] {
        let output = Command::new(built().cli())
            .args(["plugin", "new", "--language", "c", "--", name])
            .current_dir(home.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("no name for a plugin"));
    }
    let new = |more: &[&str]| {
        let mut command = Command::new(built().cli());
        command.args(["plugin", "new", "--language", "rust", "greeter"]).args(more);
        let output = command.current_dir(home.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(new(&[]).contains("not published yet"));
    assert!(new(&["--core", "nowhere"]).contains("cannot be found"));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing was written");
}
