//! Where others write too, and where a writer is killed.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use prefect_secrets_testing::Home;
use rustix::process::{Pid, Signal, kill_process};

use crate::{PROGRAM, beside, get, text};

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

fn finish(home: &Home, arguments: &[&str], value: &[u8]) -> Output {
    start(home, arguments, value).wait_with_output().expect("it ends")
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
    assert_eq!(finish(&home, &["X"], b"start").status.code(), Some(0));
    let mut limit = begun.elapsed();
    let (mut now, mut old, mut new, mut left) = ("start".to_owned(), 0, 0, 0);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for i in 0..300 {
        let next = value(i);
        let mut child = start(&home, &["X"], next.as_bytes());
        std::thread::sleep(random.within(limit));
        child.kill().expect("it is ours");
        let status = child.wait().expect("it ends");
        let file = fs::read_to_string(&path).expect("there is a whole file at any moment");
        if file == with(&next) {
            new += 1;
            now = next;
            limit = limit.mul_f64(0.9);
        } else {
            assert!(file == with(&now), "neither the old file nor the new one");
            assert!(status.signal() == Some(9), "it was killed, or the file would be new");
            old += 1;
            // However quick the machine is at present, both come about.
            limit = limit.mul_f64(1.05);
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
    assert_eq!(finish(&home, &["X"], b"last").status.code(), Some(0));
    assert!(fs::read_to_string(&path).unwrap() == with("last"));
    // What was left is gone with the next writer.
    assert_eq!(beside(&home), [".config.toml.lock", "config.toml"], "left {left} times");
}

#[test]
fn ctrl_c_leaves_the_file_as_it_was_and_nothing_beside_it() {
    let home = Home::new();
    let path = home.config("[context.secrets]\nX = 'before'\n");
    let before = fs::read(&path).unwrap();
    let new = path.with_file_name(".config.toml.new");
    let mut stopped = 0;
    for _ in 0..5 {
        // So much that writing it takes a moment.
        let mut child = start(&home, &["X"], &[b'v'; 512 << 10]);
        let ended = loop {
            if new.exists() {
                kill_process(Pid::from_child(&child), Signal::INT).unwrap();
                break child.wait().unwrap();
            }
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
        };
        assert_eq!(beside(&home), [".config.toml.lock", "config.toml"]);
        let is_before = fs::read(&path).unwrap() == before;
        if ended.signal().is_some() {
            assert_eq!((ended.signal(), is_before), (Some(2), true));
            stopped += 1;
        } else {
            assert_eq!((ended.code(), is_before), (Some(0), false));
            fs::write(&path, &before).unwrap();
        }
    }
    assert!(stopped > 0, "a signal came in time");
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
    assert_eq!(finish(&home, &["X"], b"start").status.code(), Some(0));
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
    let lock = home.write(".prefect/.config.toml.lock", std::process::id().to_string());
    let held = File::options().read(true).write(true).open(lock).unwrap();
    held.lock().unwrap();
    let output = finish(&home, &["X", "--timeout", "0.2"], b"marker");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let this = format!("process {}", std::process::id());
    assert!(said.contains(&this) && said.contains("--timeout"), "{said}");
    assert!(!said.contains("marker"));
    // The number of a process that is gone, more than there can be, and no number.
    for left in ["999999999", "-1", "99999999999", "x"] {
        home.write(".prefect/.config.toml.lock", left);
        let output = finish(&home, &["X", "--timeout", "0.1"], b"marker");
        let said = text(&output.stderr);
        assert!(said.contains("another program is writing"), "{left}: {said}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "[context.secrets]\nX = 1\n");
    let mut waiting = start(&home, &["X"], b"v");
    // It may not have come that far; then it does not wait at all.
    std::thread::sleep(Duration::from_millis(100));
    assert!(waiting.try_wait().unwrap().is_none(), "it waits");
    drop(held);
    let process = waiting.id();
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
    assert!(get(&home, "X") == b"v");
    let lock = home.path().join(".prefect/.config.toml.lock");
    assert_eq!(fs::read_to_string(&lock).unwrap(), process.to_string(), "who held it last");
    // Another file under its name is not touched.
    let other = home.write("other", "theirs");
    fs::remove_file(&lock).unwrap();
    fs::hard_link(&other, &lock).unwrap();
    let output = finish(&home, &["X"], b"w");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is no lock file"), "{}", text(&output.stderr));
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink(&other, &lock).unwrap();
    assert_eq!(finish(&home, &["X"], b"w").status.code(), Some(1));
    assert_eq!(fs::read_to_string(other).unwrap(), "theirs");
}
