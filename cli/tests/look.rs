//! What a person sees on a terminal, and a program does not. Python makes the terminal.

use std::net::TcpListener;
use std::process::Command;

use prefect_secrets_testing::{Home, find};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");
const COLOUR: char = '\x1b';

/// A home with a name in two places, and one that would write on a terminal.
fn home() -> Home {
    let home = Home::new();
    home.config(
        "[context.secrets]\nIN_FILE = 'hunter2'\nX = 'hunter2'\n\"a\\u001b[2Jb\" = 'hunter2'\n",
    );
    home
}

fn with_secret(mut command: Command) -> Command {
    command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
    command.env("PREFECT__CONTEXT__SECRETS__X", "hunter2");
    command
}

/// What a terminal of 60 columns shows of it; `None` where there is no Python.
fn shown(home: &Home, variables: &[(&str, &str)], arguments: &[&str]) -> Option<String> {
    shown_of(PROGRAM, home, variables, arguments)
}

/// The same of a program that stands elsewhere.
fn shown_of(
    program: &str,
    home: &Home,
    variables: &[(&str, &str)],
    arguments: &[&str],
) -> Option<String> {
    let python = find("python3")?;
    let mut command = with_secret(home.command(python));
    command.envs(variables.iter().copied());
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terminal.py")).args(["", ""]);
    command.args(["/bin/sh", "-c", "stty cols 60 && exec \"$@\"", "sh", program]).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let shown = told["shown"].as_str().unwrap().replace("\r\n", "\n");
    assert!(!shown.contains("hunter2"), "a value is shown");
    assert!(!shown.contains("\x1b[2J"), "a name cleared the terminal: {shown:?}");
    Some(shown)
}

fn piped(home: &Home, arguments: &[&str]) -> (String, String) {
    let output = with_secret(home.command(PROGRAM)).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// Without the sequences that colour it.
fn plain(shown: &str) -> String {
    let mut parts = shown.split(COLOUR);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let home = home();
    for arguments in
        [&["explain", "IN_FILE"][..], &["list"], &["explain", "NOPE"], &["get", "--help"]]
    {
        let Some(coloured) = shown(&home, &[], arguments) else { return };
        assert!(coloured.contains(COLOUR), "{arguments:?}: {coloured:?}");
        for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let without = shown(&home, &[variable], arguments).unwrap();
            assert!(!without.contains(COLOUR), "{variable:?} {arguments:?}: {without:?}");
            if arguments[0] != "explain" {
                assert_eq!(plain(&coloured), without, "{variable:?} {arguments:?}");
            }
        }
        let (stdout, stderr) = piped(&home, arguments);
        assert!(!(stdout + &stderr).contains(COLOUR), "{arguments:?}");
    }
}

#[test]
fn list_is_a_table_for_a_person_and_lines_for_a_program() {
    let home = home();
    let Some(table) = shown(&home, &[("NO_COLOR", "1")], &["list"]) else { return };
    let rows: Vec<&str> = table.lines().collect();
    let wanted =
        ["NAME         PROVIDER", "X            env", "IN_FILE      toml", "a\\u{1b}[2Jb  toml"];
    assert_eq!(rows[..4], wanted, "{table}");
    assert!(
        table.contains("prefect-secrets: cloud was not asked: Prefect Cloud is not"),
        "{table}"
    );
    let (lines, said) = piped(&home, &["list"]);
    assert_eq!(lines, "X\tenv\nIN_FILE\ttoml\na\\u{1b}[2Jb\ttoml\n");
    assert_eq!(said, "");

    let nothing = Home::new();
    let python = find("python3").unwrap();
    let terminal = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terminal.py");
    let output =
        nothing.command(python).args([terminal, "", "", PROGRAM, "list"]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("no provider lists a secret"), "{told}");
    assert_eq!(nothing.command(PROGRAM).arg("list").output().unwrap().stderr, b"");
}

/// Two variables and a file of a plugin's: what a later link lists too is marked, and by whom.
#[test]
fn what_is_shadowed_says_by_whom() {
    let home = home();
    home.config(
        "[context.secrets]\nX = 'hunter2'\n[secrets]\nchain = ['env', 'mine', 'toml']\n\
         [secrets.providers.mine]\nprovider = 'env'\nprefix = 'MINE_'\n",
    );
    let variables = [("NO_COLOR", "1"), ("MINE_X", "hunter2"), ("MINE_Y", "hunter2")];
    let Some(table) = shown(&home, &variables, &["list"]) else { return };
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(
        rows,
        ["NAME  PROVIDER", "X     env", "X     mine      shadowed by env", "Y     mine"]
    );
}

#[test]
fn explain_fits_into_a_terminal_and_is_left_alone_elsewhere() {
    let home = home();
    let Some(table) = shown(&home, &[("NO_COLOR", "1")], &["explain", "a\x1b[2J"]) else { return };
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows[0], "\"a\\u{1b}[2J\": absent", "{table}");
    assert!(rows[1].starts_with("  PROVIDER  ASKED    OUTCOME"), "{table}");
    assert!(rows[4].starts_with("  cloud     skipped  -  "), "{table}");
    assert!(rows.len() > 7, "the reason goes on below itself: {table}");
    for row in &rows {
        assert!(row.chars().count() <= 60, "{row:?}");
    }
    let (text, _) = piped(&home, &["explain", "NOPE"]);
    let reasons = text.lines().filter(|line| line.contains("PREFECT_API_URL"));
    assert!(reasons.count() == 1 && text.lines().count() == 6, "{text}");
}

/// Somebody who waits is told for what, on a terminal only.
#[test]
fn who_waits_is_told_for_what() {
    let home = home();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap(); // accepts, and never answers
    let address = format!("http://{}", silent.local_addr().unwrap());
    let variables = [("PREFECT__CLOUD__API", &*address), ("PREFECT__CLOUD__API_KEY", "k")];
    for command in ["get", "exists", "explain", "delete"] {
        let arguments = [command, "--timeout", "1.5", "NOPE"];
        let Some(shown) = shown(&home, &variables, &arguments) else { return };
        let waiting = "\"NOPE\": waiting for cloud";
        let at = shown.find(waiting).unwrap_or_else(|| panic!("{command}: {shown:?}"));
        assert!(shown[at..].contains("\r\x1b[K"), "it is taken away again: {shown:?}");
        if command == "get" {
            let mut piped = with_secret(home.command(PROGRAM));
            let output = piped.envs(variables).args(arguments).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(!said.contains("waiting") && said.contains("timed out"), "{said}");
        }
    }
    // Nobody waits for what is here.
    let local = shown(&home, &variables, &["exists", "X"]).unwrap();
    assert_eq!(local, "");
}

/// A plugin beside an installed program, which the checks refuse.
#[test]
fn plugins_are_a_table_for_a_person_and_documents_for_a_program() {
    let home = home();
    let program = home.path().join("bin/prefect-secrets");
    std::fs::create_dir(program.parent().unwrap()).unwrap();
    std::fs::copy(PROGRAM, &program).unwrap();
    let program = program.to_str().unwrap();
    let none = home.command(program).args(["plugin", "list"]).output().unwrap();
    assert!(none.status.success() && none.stdout.is_empty(), "nothing is installed here");
    let manifest = home.write("lib/prefect-secrets/providers.d/vault.toml", "broken");
    let manifest = manifest.to_str().unwrap();
    let Some(table) = shown_of(program, &home, &[("NO_COLOR", "1")], &["plugin", "list"]) else {
        return;
    };
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows[..2], ["PLUGIN  CHECKS   MANIFEST", &format!("vault   refused  {manifest}")]);
    assert!(rows[2].starts_with("        invalid:"), "{table}");

    let lines = home.command(program).args(["plugin", "list"]).output().unwrap().stdout;
    let lines = String::from_utf8(lines).unwrap();
    assert!(lines.starts_with(&format!("vault\t{manifest}\tinvalid: ")), "{lines}");
    assert_eq!(lines.lines().count(), 1);
    let json = |arguments: &[&str]| {
        let output = home.command(program).args(arguments).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let list = json(&["plugin", "list", "--json"]);
    assert_eq!((&list[0]["name"], &list[0]["accepted"]), (&"vault".into(), &false.into()));
    let rules = json(&["plugin", "rules", "--json"]);
    assert_eq!(rules["version"], 1);
    let rules = rules["rules"].as_array().unwrap();
    assert!(rules.len() > 10 && rules.iter().all(|rule| rule["explanation"].is_string()));
}

/// Wherever it comes from: a path of a variable, a word that was typed, the name of a provider.
#[test]
fn nothing_in_a_message_is_obeyed_by_a_terminal() {
    // The last one turns what stands behind it around.
    const ODD: &str = "a\x1b[2J\nb\u{202e}";
    let home = home();
    let broken = home.write(&format!("{ODD}.toml"), "broken");
    let broken = [("PREFECT__USER_CONFIG_PATH", broken.to_str().unwrap())];
    for (variables, arguments) in [
        (&broken[..], &["get", "X"][..]),
        (&[], &[ODD]),
        (&[], &["get", "X", ODD]),
        (&[], &["get", "--timeout", ODD, "X"]),
    ] {
        let Some(said) = shown(&home, variables, arguments) else { return };
        assert!(said.contains("a\\u{1b}[2J\\nb\\u{202e}"), "{arguments:?}: {said:?}");
    }
    let named = "a\\u001b[2J\\nb\\u202e";
    home.config(&format!(
        "[secrets]\nchain = [\"{named}\"]\n[secrets.providers.\"{named}\"]\nprovider = 'env'\nprefix = 'MINE_'\n",
    ));
    let variables = [("MINE_Y", "hunter2")];
    for arguments in [&["list"][..], &["explain", "Y"], &["doctor"], &["config", "show"]] {
        let Some(said) = shown(&home, &variables, arguments) else { return };
        assert!(said.contains("a\\u{1b}[2J\\nb\\u{202e}"), "{arguments:?}: {said:?}");
    }
    let mut command = with_secret(home.command(PROGRAM));
    let lines = command.envs(variables).arg("list").output().unwrap().stdout;
    assert_eq!(String::from_utf8(lines).unwrap(), "Y\ta\\u{1b}[2J\\nb\\u{202e}\n");
}

/// A datagram is what was written at once. Many of these programs may share a log.
#[test]
fn a_failure_is_told_in_one_write() {
    let home = Home::new();
    home.config("broken");
    let (log, stderr) = std::os::unix::net::UnixDatagram::pair().unwrap();
    let stderr = std::process::Stdio::from(std::os::fd::OwnedFd::from(stderr));
    home.command(PROGRAM).args(["get", "X"]).stderr(stderr).status().unwrap();
    let mut said = [0; 4096];
    let length = log.recv(&mut said).unwrap();
    let said = std::str::from_utf8(&said[..length]).unwrap();
    assert!(said.starts_with("prefect-secrets: invalid: ") && said.ends_with('\n'), "{said:?}");
}
