//! The program, as a test in another language uses it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::wire::Wire;

struct Program {
    child: Child,
    port: u16,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child =
            command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let port = line.strip_prefix("listening on http://127.0.0.1:").unwrap();
        let port = port.strip_suffix('\n').unwrap().parse().unwrap();
        Self { child, port }
    }

    /// Waiting closes its standard input first.
    fn end(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prefect-secrets-stand-in"));
    command.args(arguments);
    command
}

#[test]
fn it_keeps_secrets_until_its_input_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (secrets, log) = (folder.path().join("secrets.json"), folder.path().join("log"));
    fs::write(&secrets, r#"{"X": 12345678901234567890.0}"#).unwrap();
    fs::write(&log, "{}\n").unwrap();
    let (secrets, log) = (secrets.to_str().unwrap(), log.to_str().unwrap());
    let arguments = ["--secrets", secrets, "--key", "k", "--delay-ms", "1", "--log", log];
    let program = Program::start(&arguments);

    let mut wire = Wire::connect(program.port);
    let body = json!({ "query": "{secret_value(name: \"X\")}" }).to_string();
    let answer = wire.post(&body, "Authorization: Bearer k\r\n");
    assert_eq!(answer.body, r#"{"data":{"secret_value":12345678901234567890.0}}"#);
    let code = wire.get("X").only_error()["extensions"]["code"].clone();
    assert_eq!(code, "UNAUTHENTICATED");

    let lines = fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    let expected = json!({ "method": "POST", "path": "/", "body_length": body.len() });
    assert_eq!(lines[1], expected);

    let port = program.port;
    program.end();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn it_plays_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.json");
    fs::write(&script, r#"[{"status": 500, "body": "x"}, {"json": {"data": 1}}]"#).unwrap();
    let program = Program::start(&["--script", script.to_str().unwrap()]);
    let mut wire = Wire::connect(program.port);
    assert_eq!(wire.post("{}", "").status, 500);
    assert_eq!(wire.post("{}", "").body, r#"{"data": 1}"#);
    program.end();
}

#[test]
fn without_arguments_it_is_an_empty_cloud() {
    let program = Program::start(&[]);
    let answer = Wire::connect(program.port).get("X");
    let message = answer.only_error()["message"].clone();
    assert_eq!(message, "No value found for the requested key");
    program.end();
}

#[test]
fn mistakes_are_told() {
    let wrong: [(&[&str], i32, &str); 7] = [
        (&["--secret", "a"], 2, "unknown option --secret"),
        (&["--port"], 2, "--port needs a value"),
        (&["--port", "70000"], 2, "--port: at most 65535"),
        (&["--delay-ms", "soon"], 2, "--delay-ms: not a number"),
        (&["--script", "a", "--key", "k"], 2, "--script says everything"),
        (&["--secrets", "/nonexistent"], 1, "/nonexistent: No such file"),
        (&["--script", "/dev/null"], 1, "/dev/null: EOF"),
    ];
    for (arguments, code, message) in wrong {
        let output = command(arguments).stdin(Stdio::null()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(message), "{told}");
        assert!(output.stdout.is_empty());
    }
    let help = command(&["--help"]).output().unwrap();
    assert!(help.status.success() && help.stdout.starts_with(b"usage: "));
}
