//! On a terminal.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use prefect_secrets_testing::{Home, find};

use crate::{PROGRAM, beside, get, text};

/// Types `keys` on a terminal where `set X` asks.
fn typed(home: &Home, keys: &str) -> Option<serde_json::Value> {
    let python = find("python3")?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terminal.py");
    let mut command = home.command(python);
    command.args([script, "Value of \"X\": ", keys, PROGRAM, "set", "X", "--to", "toml"]);
    command.stdin(Stdio::null());
    let output = command.output().expect("Python runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn on_a_terminal_a_value_that_is_not_given_changes_nothing() {
    let home = Home::new();
    // Not even a folder is made.
    let Some(said) = typed(&home, r"half\x03") else { return };
    assert_eq!((&said["code"], &said["restored"]), (&1.into(), &true.into()));
    assert!(!home.path().join(".prefect").exists());
    let path = home.config("# mine\n");
    let before = fs::metadata(&path).unwrap();
    for keys in [r"half\x03", r"\x04", r"\r", "SIGTERM", "SIGINT"] {
        let Some(said) = typed(&home, keys) else { return };
        assert!(said["code"] != 0 && said["restored"] == true, "{keys}: {said}");
        let after = fs::metadata(&path).unwrap();
        assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
        assert_eq!(beside(&home), ["config.toml"]);
    }
    let Some(said) = typed(&home, r"typed\r") else { return };
    assert_eq!(said["shown"], "Value of \"X\": \r\n");
    assert!(said["code"] == 0 && said["restored"] == true);
    assert!(get(&home, "X") == b"typed");
}

#[test]
fn nobody_types_a_value_in_vain() {
    for (config, said) in [
        ("broken", "line 1"),
        ("[context.secrets.X]\na = 1\n", "line 1"),
        ("[context]\nsecrets = 1\n", "line 2"),
    ] {
        let home = Home::new();
        home.config(config);
        let Some(terminal) = typed(&home, "never asked for") else { return };
        let shown = terminal["shown"].as_str().unwrap();
        assert!(!shown.contains("Value of") && shown.contains(said), "{shown}");
    }
    let home = Home::new();
    home.config("");
    home.write(".prefect/backend.toml", "[context.secrets]\nX = 1\n");
    let Some(terminal) = typed(&home, "never asked for") else { return };
    assert!(!terminal["shown"].as_str().unwrap().contains("Value of"), "{terminal}");
}

/// A writer that waits for the lock after its prompt ends by Ctrl-C as any program.
#[test]
fn ctrl_c_ends_a_writer_that_waits() {
    let home = Home::new();
    let path = home.config("# mine\n");
    let lock = home.write(".prefect/.config.toml.lock", "");
    let held = File::open(lock).unwrap();
    held.lock().unwrap();
    // The second Ctrl-C comes when the terminal is as it was, and so is a signal.
    let Some(python) = find("python3") else { return };
    let script = "
import os, pty, sys, time
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown = b''
while not shown.endswith(b': '):
    shown += os.read(terminal, 100)
time.sleep(0.2)
os.write(terminal, b'typed\\r')
while not shown.endswith(b'\\n'):
    shown += os.read(terminal, 100)
while True:
    time.sleep(0.05)
    os.write(terminal, b'\\x03')
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended:
        sys.exit(0 if os.WIFSIGNALED(status) and os.WTERMSIG(status) == 2 else 1)
";
    let mut command = home.command(python);
    command.args(["-c", script, PROGRAM, "set", "X", "--to", "toml", "--timeout", "20"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "it ended by itself: {}", text(&output.stderr));
    assert_eq!(fs::read_to_string(path).unwrap(), "# mine\n");
}
