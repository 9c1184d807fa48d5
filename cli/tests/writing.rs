//! `set`, `delete` and `list`, as a person or a script meets them.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::{Home, Prefect3, find, prefect3::Setup};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");
const VALUE: &str = "hunter2 with \"quotes\", ü\nand lines\n\n";

/// The program in a home of its own, with a Cloud.
struct Case {
    home: Home,
    cloud: StandIn,
}

impl Case {
    fn new() -> Self {
        Self { home: Home::new(), cloud: StandIn::start(Secrets::new()).unwrap() }
    }

    fn with_cloud<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("PREFECT__CLOUD__API", self.cloud.address())
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.home.command(PROGRAM);
        run(self.with_cloud(&mut command), arguments, input)
    }

    fn get(&self, name: &str) -> Vec<u8> {
        self.run(&["get", name], b"").stdout
    }
}

fn run(command: &mut Command, arguments: &[&str], input: &[u8]) -> Output {
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    // A program that refuses its arguments reads nothing.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

#[test]
fn what_comes_on_stdin_is_kept_to_the_byte() {
    let case = Case::new();
    for value in [VALUE, "", "0000", "a\0b", "{\"a\": 1}", "ends with one\n"] {
        let output = case.run(&["set", "--allow-empty", "X"], value.as_bytes());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""));
        let one_line = value == "ends with one\n";
        assert_eq!(text(&output.stderr).contains("ends with a newline"), one_line, "{value:?}");
        assert!(!text(&output.stderr).contains("with one"), "no message shows the value");
        assert!(case.get("X") == value.as_bytes());
    }
    let nothing = case.run(&["set", "X"], b"");
    assert_eq!(nothing.status.code(), Some(1));
    assert!(text(&nothing.stderr).contains("--allow-empty"));
    assert!(case.get("X") == b"ends with one\n", "nothing was changed");
    let large = vec![b'm'; 3 << 20];
    assert_eq!(case.run(&["set", "X"], &large).status.code(), Some(0));
    assert!(case.get("X") == large);
}

#[test]
fn json_is_kept_as_json_and_anything_else_is_refused() {
    let case = Case::new();
    let json = b" {\"a\": [1, 100000000000000000000000001]}\n";
    assert_eq!(case.run(&["set", "--json", "X"], json).status.code(), Some(0));
    assert_eq!(text(&case.get("X")), "{\"a\":[1,100000000000000000000000001]}");
    for broken in ["{marker", " ", "1 2", "\u{feff}1"] {
        let output = case.run(&["set", "--json", "X"], broken.as_bytes());
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output.stderr);
        assert!(said.contains("is not JSON") && !said.contains("marker"), "{said}");
    }
    let bytes = case.run(&["set", "X"], b"\xffmarker");
    assert_eq!(bytes.status.code(), Some(1));
    assert!(text(&bytes.stderr).contains("UTF-8") && !text(&bytes.stderr).contains("marker"));
    assert!(text(&case.get("X")).starts_with("{\"a\""), "nothing was changed");
}

#[test]
fn a_value_is_no_argument() {
    let case = Case::new();
    for arguments in [&["set", "X", "marker"][..], &["set", "X=marker"]] {
        let output = case.run(arguments, b"");
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.contains("stdin") && !said.contains("marker"), "it is not shown either");
    }
    assert!(case.cloud.requests().is_empty());
}

#[test]
fn names_are_listed_with_their_providers() {
    let case = Case::new();
    for name in ["B", "A", "TAB\tBED"] {
        case.run(&["set", name], b"v");
    }
    let listing = |arguments: &[&str]| {
        let mut command = case.home.command(PROGRAM);
        command.env("PREFECT__CONTEXT__SECRETS__A", "local");
        let output = run(case.with_cloud(&mut command), arguments, b"");
        assert_eq!(output.status.code(), Some(0));
        text(&output.stdout).to_owned()
    };
    let lines = "A\tenv\nA\tcloud\tshadowed\nB\tcloud\nTAB\\tBED\tcloud\n";
    assert_eq!(listing(&["list"]), lines);
    let json: serde_json::Value = serde_json::from_str(&listing(&["list", "--json"])).unwrap();
    assert_eq!(json[1]["shadowed"], true);
    assert_eq!(json[3]["name"], "TAB\tBED");
    // Before a person asks, there may be nothing at all.
    let nothing = run(&mut Home::new().command(PROGRAM), &["list"], b"");
    assert_eq!((nothing.status.code(), text(&nothing.stdout)), (Some(0), ""));
}

#[test]
fn who_is_left_out_of_a_list_is_named() {
    let home = Home::new();
    home.config(
        "[context.secrets]\nX = 'v'\n[secrets]\nchain = ['cloud', 'toml']\n\
         [secrets.providers.cloud]\non_error = 'continue'\n",
    );
    let mut command = home.command(PROGRAM);
    let output = run(command.env("PREFECT_API_URL", "http://127.0.0.1:1/api"), &["list"], b"");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "X\ttoml\n"));
    let said = text(&output.stderr);
    assert!(said.starts_with("prefect-secrets: cloud is left out, and may have more: "), "{said}");
}

#[test]
fn what_is_deleted_is_gone_and_what_was_not_there_is_said() {
    let case = Case::new();
    case.run(&["set", "X"], b"v");
    assert_eq!(case.run(&["delete", "X"], b"").status.code(), Some(0));
    let again = case.run(&["delete", "X"], b"");
    assert_eq!(again.status.code(), Some(3));
    assert!(text(&again.stderr).contains("no secret \"X\""), "{}", text(&again.stderr));
    assert_eq!(case.run(&["get", "X"], b"").status.code(), Some(3));
}

#[test]
fn where_nobody_can_write_the_message_says_what_to_do() {
    let home = Home::new();
    for (arguments, said) in [
        (&["set", "X"][..], "PREFECT_API_URL"),
        (&["set", "X"], "--to toml"),
        (&["delete", "X"], "PREFECT_API_URL"),
        (&["delete", "X"], "--from toml"),
        (&["set", "X", "--to", "env"], "env: unsupported"),
        (&["set", "X", "--to", "nobody"], "no provider named \"nobody\""),
    ] {
        let output = run(&mut home.command(PROGRAM), arguments, b"marker");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let stderr = text(&output.stderr);
        assert!(stderr.contains(said) && !stderr.contains("marker"), "{stderr}");
    }
}

/// Types `keys` on a terminal where `set X` asks.
fn typed(case: &Case, keys: &str) -> Option<serde_json::Value> {
    let python = find("python3")?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terminal.py");
    let mut command = case.home.command(python);
    let arguments = [script, "Value of \"X\": ", keys, PROGRAM, "set", "X"];
    let output = run(case.with_cloud(&mut command), &arguments, b"");
    assert!(output.status.success(), "{}", text(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn on_a_terminal_the_value_is_asked_for_and_not_shown() {
    let case = Case::new();
    // A mistake that is taken back, a line that is begun anew, and a character of two bytes.
    let Some(said) = typed(&case, r"wrong\x15tyq\x7fped \xc3\xbc\xc3\xa4\x7f!\r") else { return };
    assert_eq!(said["shown"], "Value of \"X\": \r\n");
    assert_eq!((&said["code"], &said["restored"]), (&0.into(), &true.into()));
    assert_eq!(text(&case.get("X")), "typed ü!");
}

#[test]
fn what_is_no_line_changes_nothing_and_leaves_the_terminal_as_it_was() {
    let case = Case::new();
    case.run(&["set", "X"], b"before");
    for (keys, said) in [
        (r"half\x03", "no value was given"),
        (r"\x04", "no value was given"),
        (r"\r", "no value was given"),
        (r"-----BEGIN KEY-----\rQUJD\r-----END KEY-----\r", "more than one line"),
        (r"with an arrow\x1b[A\r", "a key was typed"),
    ] {
        let Some(terminal) = typed(&case, keys) else { return };
        assert!(terminal["shown"].as_str().unwrap().contains(said), "{keys}: {terminal}");
        assert_eq!((&terminal["code"], &terminal["restored"]), (&1.into(), &true.into()));
        assert_eq!(text(&case.get("X")), "before");
    }
    // A signal ends the program as it would without us, once the terminal is mended.
    for (keys, signal) in [("SIGTERM", -15), ("SIGHUP", -1), ("SIGINT", -2)] {
        let Some(terminal) = typed(&case, keys) else { return };
        assert_eq!((&terminal["code"], &terminal["restored"]), (&signal.into(), &true.into()));
    }
    assert_eq!(text(&case.get("X")), "before");
}

#[test]
fn nobody_types_a_value_in_vain() {
    let case = Case { home: Home::new(), cloud: StandIn::start(Secrets::new()).unwrap() };
    case.home.config("[secrets]\nchain = ['env', 'toml']\n");
    let Some(terminal) = typed(&case, "never asked for") else { return };
    let shown = terminal["shown"].as_str().unwrap();
    assert!(!shown.contains("Value of") && shown.contains("can write"), "{shown}");
}

/// Settings of Prefect in the folder where somebody happens to be choose nothing.
#[test]
fn nothing_is_read_from_the_working_directory() {
    let (home, there) = (Home::new(), Home::new());
    let trap = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let address = format!("http://{}/api", trap.local_addr().unwrap());
    let profile = format!("active = 'a'\n[profiles.a]\nPREFECT_API_URL = '{address}'\n");
    there.write("profiles.toml", &profile);
    there.write(".prefect/profiles.toml", &profile);
    there.write(".env", format!("PREFECT_API_URL={address}\n"));
    there.write("prefect.toml", format!("[api]\nurl = '{address}'\n"));
    there.write("pyproject.toml", format!("[tool.prefect.api]\nurl = '{address}'\n"));
    there.write("config.toml", format!("[cloud]\napi = '{address}'\napi_key = 'k'\n"));
    let mut command = home.command(PROGRAM);
    let output = run(command.current_dir(there.path()), &["explain", "X"], b"");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    let refused = trap.accept().map(drop).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::WouldBlock, "nobody called");
    // The control: the same file where it belongs is read, and the trap is called.
    home.write(".prefect/profiles.toml", &profile);
    let mut command = home.command(PROGRAM);
    run(command.current_dir(there.path()), &["get", "X", "--timeout", "0.5"], b"");
    trap.accept().expect("it was called");
}

#[test]
fn a_real_prefect_3_server_keeps_what_is_set() {
    let setup = Setup { csrf_seconds: Some(3600), ..Setup::default() };
    let Some(server) = Prefect3::start(&setup) else { return };
    let home = Home::new();
    let run = |arguments: &[&str], input: &[u8]| {
        let mut command = home.command(PROGRAM);
        command.envs(server.variables());
        run(&mut command, arguments, input)
    };
    assert_eq!(run(&["set", "DB_PASSWORD"], VALUE.as_bytes()).status.code(), Some(0));
    assert!(run(&["get", "DB_PASSWORD"], b"").stdout == VALUE.as_bytes());
    assert_eq!(text(&run(&["list"], b"").stdout), "db-password\tcloud\n");
    let python: serde_json::Value =
        serde_json::from_str(&server.python("load.py", &["db-password"])).unwrap();
    assert!(python["db-password"] == VALUE);
    let explained = run(&["explain", "DB_PASSWORD"], b"");
    assert!(text(&explained.stdout).contains("asked for as \"db-password\""));
    assert_eq!(run(&["delete", "DB_PASSWORD"], b"").status.code(), Some(0));
    assert_eq!(server.python("load.py", &["db-password"]), "{}");
    assert_eq!(run(&["delete", "DB_PASSWORD"], b"").status.code(), Some(3));
}
