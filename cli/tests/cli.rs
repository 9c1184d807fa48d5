//! The command line as a person or a script meets it.

use std::process::{Command, Output};

use prefect_secrets_stand_in::{Response, Secrets, StandIn};
use prefect_secrets_testing::Home;

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");
const VALUE: &str = "hunter2 with \"quotes\"";

fn command(home: &Home) -> Command {
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__CONTEXT__SECRETS__X", VALUE);
    command
}

fn run(command: &mut Command, arguments: &[&str]) -> Output {
    command.args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

#[test]
fn get_prints_the_bytes_and_nothing_else() {
    let home = Home::new();
    let output = run(&mut command(&home), &["get", "X"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, VALUE.as_bytes(), "not one byte more, no newline either");
    assert_eq!(output.stderr, b"");
}

#[test]
fn get_json_prints_one_document() {
    let home = Home::new();
    home.config("[context.secrets]\nN = 5\nT = '{ \"a\" : 1 }'\n");
    for (name, json) in [("X", "\"hunter2 with \\\"quotes\\\"\""), ("N", "5"), ("T", "{\"a\":1}")] {
        let output = run(&mut command(&home), &["get", "--json", name]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(text(&output.stdout), json);
    }
}

#[test]
fn exit_codes_tell_found_absent_usage_and_failure_apart() {
    let home = Home::new();
    for (arguments, code) in [
        (&["exists", "X"][..], 0),
        (&["exists", "NOPE"], 3),
        (&["get", "NOPE"], 3),
        (&["get"], 2),
        (&["get", "X", "Y"], 2),
        (&["frobnicate"], 2),
        (&[], 2),
        (&["get", "X", "--timeout", "soon"], 2),
        (&["get", "X", "--timeout", "0"], 2),
        (&["get", "X", "--timeout", "0.5"], 0),
        (&["explain", "X"], 0),
        (&["explain", "NOPE"], 3),
        (&["--help"], 0),
        (&["--version"], 0),
    ] {
        let output = run(&mut command(&home), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let quiet = ["exists"].contains(arguments.first().unwrap_or(&""));
        assert!(!quiet || (output.stdout.is_empty() && output.stderr.is_empty()), "{arguments:?}");
    }
    home.config("broken");
    let output = run(&mut command(&home), &["get", "X"]);
    assert_eq!(output.status.code(), Some(1), "a broken file stops everything");
    let said = text(&output.stderr);
    assert!(said.contains("config.toml is not TOML at line 1, column"), "{said}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn any_name_can_be_asked_for() {
    let home = Home::new();
    home.config("[context.secrets]\n'' = 'e'\n'--json' = 'j'\n'a b' = 's'\n'ü' = 'u'\n'-' = 'd'\n");
    for (name, value) in [("", "e"), ("--json", "j"), ("a b", "s"), ("ü", "u"), ("-", "d")] {
        let output = run(&mut command(&home), &["get", "--", name]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), value), "{name:?}");
    }
    let said = run(&mut command(&home), &["get", "--", "--not here"]);
    let hint = "`prefect-secrets explain -- '--not here'`";
    assert!(text(&said.stderr).contains(hint), "{}", text(&said.stderr));
}

#[test]
fn explain_tells_about_every_link_and_shows_no_value() {
    let home = Home::new();
    home.config("[context.secrets]\nIN_FILE = 'hunter2'\n");
    let output = run(&mut command(&home), &["explain", "IN_FILE", "--json"]);
    assert!(!text(&output.stdout).contains("hunter2"));
    let explanation: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(explanation["version"], 1);
    assert_eq!(explanation["outcome"], "found");
    assert_eq!(explanation["provider"], "toml");
    let links = explanation["links"].as_array().unwrap();
    let outcomes: Vec<_> = links
        .iter()
        .map(|l| (l["provider"].as_str().unwrap(), l["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes, [("env", "absent"), ("toml", "found"), ("cloud", "not reached")]);

    let table = run(&mut command(&home), &["explain", "NOPE"]);
    let said = text(&table.stdout);
    assert!(said.starts_with("\"NOPE\": absent\n"), "{said}");
    assert!(said.contains("cloud") && said.contains("skipped"), "{said}");
    assert!(said.contains("PREFECT__CLOUD__API_KEY"), "it says what to set: {said}");
}

#[test]
fn the_cloud_is_asked_last_and_an_outage_is_a_failure() {
    let home = Home::new();
    let secrets = Secrets::new().with("IN_CLOUD", "\"cumulus\"").requiring_key("the-key");
    let cloud = StandIn::start(secrets).unwrap();
    let asking = |name: &str, address: &str| {
        let mut command = command(&home);
        command.env("PREFECT__CLOUD__API", address).env("PREFECT__CLOUD__API_KEY", "the-key");
        run(&mut command, &["get", "--timeout", "1", name])
    };
    let found = asking("IN_CLOUD", &cloud.address());
    assert_eq!((found.status.code(), text(&found.stdout)), (Some(0), "cumulus"));
    assert_eq!(asking("NOPE", &cloud.address()).status.code(), Some(3));
    assert_eq!(text(&asking("X", &cloud.address()).stdout), VALUE);
    assert_eq!(cloud.requests().len(), 2, "a local hit asks the Cloud nothing");

    let nobody = "http://127.0.0.1:1";
    let failed = asking("IN_CLOUD", nobody);
    assert_eq!(failed.status.code(), Some(1), "an outage is no absence");
    let said = text(&failed.stderr);
    assert!(said.contains("cloud: unavailable (secret \"IN_CLOUD\")"), "{said}");
    assert!(!said.contains("the-key"), "a message shows the key");
    assert_eq!(text(&asking("X", nobody).stdout), VALUE, "a local hit needs no Cloud");
}

/// On a terminal a newline shows a person where the value ends. Python makes the terminal.
#[test]
fn on_a_terminal_a_newline_follows() {
    let Some(python) = prefect_secrets_testing::find("python3") else { return };
    let home = Home::new();
    let spawn = format!("import pty, sys; sys.exit(pty.spawn([{PROGRAM:?}, 'get', 'X']))");
    let mut python = home.command(python);
    python.env("PREFECT__CONTEXT__SECRETS__X", VALUE);
    let output = run(&mut python, &["-c", &spawn]);
    assert_eq!(text(&output.stdout), format!("{VALUE}\r\n"));
}

#[test]
fn prefect_3_is_asked_through_a_proxy_unless_it_is_on_this_machine() {
    let home = Home::new();
    let block = r#"{"id":"i","name":"x","data":{"value":"by proxy"}}"#;
    let proxy = StandIn::start(vec![Response::json(block)]).unwrap();
    let get = |api: &str, proxy: &str| {
        let mut command = home.command(PROGRAM);
        command.env("PREFECT_API_URL", api).env("HTTP_PROXY", proxy);
        run(&mut command, &["get", "--timeout", "5", "X"])
    };
    let output = get("http://prefect.invalid/api", &proxy.address());
    assert_eq!(text(&output.stdout), "by proxy", "{}", text(&output.stderr));
    let requests = proxy.take_requests();
    assert!(requests[0].path.starts_with("http://prefect.invalid/api/block_types/"));
    // Nobody listens at the proxy's port; an address on this machine needs none.
    let here = format!("{}/api", proxy.address());
    assert_eq!(text(&get(&here, "http://127.0.0.1:1").stdout), "by proxy");
    assert!(proxy.take_requests()[0].path.starts_with("/api/"));
    let failed = get("http://prefect.invalid/api", "http://127.0.0.1:1");
    assert_eq!(failed.status.code(), Some(1));
    assert!(text(&failed.stderr).contains("proxy settings"), "{}", text(&failed.stderr));
}
