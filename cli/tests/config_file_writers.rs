//! `set --to toml` where others write too, where it is killed, and on a terminal.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use prefect_secrets_testing::{Home, find};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");

/// Starts to set `name`; it has its value.
fn start(home: &Home, arguments: &[&str], value: &[u8]) -> Child {
    let mut command = home.command(PROGRAM);
    command.arg("set").args(arguments).args(["--to", "toml"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    // One that is refused reads nothing.
    let _ = child.stdin.take().expect("a pipe").write_all(value);
    child
}

fn set(home: &Home, arguments: &[&str], value: &[u8]) -> Output {
    start(home, arguments, value).wait_with_output().expect("it ends")
}

fn get(home: &Home, name: &str) -> Vec<u8> {
    home.command(PROGRAM).args(["get", name]).output().expect("the program runs").stdout
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

fn beside(home: &Home) -> Vec<String> {
    let folder = fs::read_dir(home.path().join(".prefect")).unwrap();
    let mut names: Vec<_> =
        folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Numbers that look random, the same ones each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn within(&mut self, limit: Duration) -> Duration {
        limit.mul_f64((self.next() % 10_000) as f64 / 10_000.0)
    }
}

#[test]
fn killed_at_any_moment_it_leaves_the_old_file_or_the_new_one() {
    let home = Home::new();
    // Many pages, so that a file that is half written would be seen.
    let filler: String =
        (0..500).map(|i| format!("# {i:060}\n")).collect::<String>() + "[context.secrets]\n";
    let with = |value: &str| format!("{filler}X = \"{value}\"\n");
    let value = |i: usize| format!("value-{i}-{}", "v".repeat(i % 3000));
    let path = home.config(&with("start"));
    let begun = Instant::now();
    assert_eq!(set(&home, &["X"], b"start").status.code(), Some(0));
    let whole = begun.elapsed();
    let (mut now, mut old, mut new, mut left) = ("start".to_owned(), 0, 0, 0);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for i in 0..200 {
        let next = value(i);
        let mut child = start(&home, &["X"], next.as_bytes());
        std::thread::sleep(random.within(whole.mul_f64(1.2)));
        child.kill().expect("it is ours");
        let status = child.wait().expect("it ends");
        let file = fs::read_to_string(&path).expect("there is a whole file at any moment");
        if file == with(&next) {
            new += 1;
            now = next;
        } else {
            assert!(file == with(&now), "neither the old file nor the new one");
            assert!(status.signal() == Some(9), "it was killed, or the file would be new");
            old += 1;
        }
        let beside = beside(&home);
        let known = [".config.toml.lock", ".config.toml.new", "config.toml"];
        assert!(beside.iter().all(|name| known.contains(&name.as_str())), "{beside:?}");
        left += usize::from(beside.len() == known.len());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // A check that it was killed on both sides of the change, and not on one alone.
    assert!(old > 0 && new > 0, "killed {old} times before, {new} times after");
    assert_eq!(set(&home, &["X"], b"last").status.code(), Some(0));
    assert!(fs::read_to_string(&path).unwrap() == with("last"));
    // What was left is gone with the next writer.
    assert_eq!(beside(&home), [".config.toml.lock", "config.toml"], "left {left} times");
}

#[test]
fn writers_at_once_lose_nothing() {
    let home = Home::new();
    let before = "# mine\r\n[context.secrets]\r\nA = 1\r\n";
    let path = home.config(before);
    let name = |i: usize| format!("NAME_{i}");
    let writers: Vec<_> = (0..24).map(|i| start(&home, &[&name(i)], b"v")).collect();
    for (i, writer) in writers.into_iter().enumerate() {
        let output = writer.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{i}: {}", text(&output.stderr));
    }
    let file = fs::read_to_string(&path).unwrap();
    assert!(file.starts_with(before));
    let mut lines: Vec<_> = file[before.len()..].lines().map(String::from).collect();
    lines.sort();
    let mut wanted: Vec<_> = (0..24).map(|i| format!("{} = \"v\"", name(i))).collect();
    wanted.sort();
    assert_eq!(lines, wanted, "each once");
    // Those that delete take turns, too.
    let deleters: Vec<_> = (0..24)
        .map(|i| {
            let mut command = home.command(PROGRAM);
            command.args(["delete", "--from", "toml", &name(i)]).spawn().unwrap()
        })
        .collect();
    for mut deleter in deleters {
        assert_eq!(deleter.wait().unwrap().code(), Some(0));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}

/// An editor takes no lock. Whatever the order of the two, what it wrote is there.
#[test]
fn what_an_editor_writes_meanwhile_is_not_lost() {
    let home = Home::new();
    let path = home.config("[context.secrets]\nX = \"start\"\n");
    let begun = Instant::now();
    assert_eq!(set(&home, &["X"], b"start").status.code(), Some(0));
    let whole = begun.elapsed();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut both = 0;
    for i in 0..100 {
        let value = format!("value {i}");
        let writer = start(&home, &["X"], value.as_bytes());
        std::thread::sleep(random.within(whole));
        // As editors do: all of it beside the file, then in its place.
        let edit = format!("# edit {i}\n");
        let edited = fs::read_to_string(&path).unwrap() + &edit;
        let new = home.write(".prefect/edited", edited);
        fs::rename(new, &path).unwrap();
        let output = writer.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let file = fs::read_to_string(&path).unwrap();
        assert!(file.ends_with(&edit), "what was edited is there, once");
        assert_eq!(file.matches("# edit").count(), i + 1, "and so is what was edited before");
        both += usize::from(file.contains(&format!("\"{value}\"")));
    }
    assert!(both > 0, "the two came in both orders");
}

#[test]
fn a_lock_is_waited_for_within_the_time_and_who_holds_it_is_told() {
    let home = Home::new();
    let path = home.config("[context.secrets]\nX = 1\n");
    let lock = home.write(".prefect/.config.toml.lock", "4711");
    let held = File::options().read(true).write(true).open(lock).unwrap();
    held.lock().unwrap();
    let output = set(&home, &["X", "--timeout", "0.2"], b"marker");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("process 4711") && said.contains("--timeout"), "{said}");
    assert!(!said.contains("marker"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "[context.secrets]\nX = 1\n");
    let mut waiting = start(&home, &["X"], b"v");
    // It may not have come that far; then it does not wait at all.
    std::thread::sleep(Duration::from_millis(100));
    assert!(waiting.try_wait().unwrap().is_none(), "it waits");
    drop(held);
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
    assert!(get(&home, "X") == b"v");
}

/// Types `keys` on a terminal where `set X` asks.
fn typed(home: &Home, keys: &str) -> Option<serde_json::Value> {
    let python = find("python3")?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terminal.py");
    let mut command = home.command(python);
    command.args([script, keys, PROGRAM, "set", "X", "--to", "toml"]).stdin(Stdio::null());
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

/// Only root can give a file away, and become somebody else.
#[test]
fn what_belongs_to_others_is_not_written() {
    let home = Home::new();
    let path = home.config("# theirs\n");
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let program = home.path().join("program");
    fs::copy(PROGRAM, &program).unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let folder = home.path().join(".prefect");
    let (mine, others) = (12_345, 54_321);
    let as_user = |arguments: &[&str]| {
        let mut command = home.command(&program);
        command.args(arguments).uid(mine).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let _ = child.stdin.take().expect("a pipe").write_all(b"v");
        let output = child.wait_with_output().expect("it ends");
        (output.status.code(), text(&output.stderr).to_owned())
    };
    let owner = |uid| std::os::unix::fs::chown(&path, Some(uid), None).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    owner(others);
    let set = ["set", "X", "--to", "toml"];
    let (code, said) = as_user(&set);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("belongs to user 54321"), "{said}");
    // A link of theirs, though it leads to a file of mine.
    owner(mine);
    let real = folder.join("real.toml");
    fs::rename(&path, &real).unwrap();
    std::os::unix::fs::symlink("real.toml", &path).unwrap();
    std::os::unix::fs::lchown(&path, Some(others), None).unwrap();
    let (code, said) = as_user(&set);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is a link that belongs to user 54321"), "{said}");
    assert_eq!(fs::read_to_string(&real).unwrap(), "# theirs\n");
    std::os::unix::fs::lchown(&path, Some(mine), None).unwrap();
    assert_eq!(as_user(&set), (Some(0), String::new()));
    // Root writes for its owner, who can go on.
    fs::remove_file(folder.join(".real.toml.lock")).unwrap();
    let mut root: Command = home.command(PROGRAM);
    fs::remove_file(&path).unwrap();
    fs::rename(&real, &path).unwrap();
    root.args(["delete", "--from", "toml", "X"]);
    assert_eq!(root.output().unwrap().status.code(), Some(0));
    assert_eq!(fs::metadata(&path).unwrap().uid(), mine);
    assert_eq!(as_user(&set), (Some(0), String::new()));
}
