//! A C host with a plugin in a process of its own: nothing is left in memory, after a fork, or when
//! either of the two ends. What each program checks is written in it.

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use prefect_secrets_testing::{C, Home, workspace};
use support::{Program, isolated_plugin, masked, passes, program};

/// A home whose one provider `child` is `tests/c/isolated_plugin.c`.
struct Isolated {
    home: Home,
    plugin: PathBuf,
}

impl Isolated {
    fn new(more: &str) -> Self {
        let home = Home::new();
        let plugin = isolated_plugin(&home, more);
        Self { home, plugin }
    }

    fn command(&self, program: &Program) -> Command {
        self.home.command(program.path())
    }

    /// No process that was started for this plugin.
    fn nothing_runs(&self) {
        let plugin = self.plugin.to_str().expect("a UTF-8 path");
        let ours = |pid: i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(plugin)
        };
        soon("processes of the plugin are left", || {
            let entries = fs::read_dir("/proc").expect("/proc").flatten();
            let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
            !pids.any(ours)
        });
    }
}

/// A value that was never anywhere.
fn random() -> String {
    let mut bytes = [0; 20];
    fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).unwrap();
    bytes.iter().fold("marker-".into(), |mut text: String, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn what_it_writes_and_how_it_ends_comes_to_the_log() {
    let (home, c) = (Home::new(), C::new());
    let does = c.plugin(&workspace().join("providers/tests/fixtures/does.c"), &[]);
    let does = home.write("does.so", fs::read(does).expect("the plugin"));
    home.config(&format!(
        "[secrets]\nchain = ['does']\n[secrets.providers.does]\nplugin = {does:?}\n"
    ));
    let log = program("isolated_log");
    passes(&mut home.command(log.path()));
}

#[test]
fn no_copy_is_left_in_either_process() {
    let values: Vec<String> = (0..8).map(|_| random()).collect();
    let isolated = Isolated::new(&format!("config.token = {:?}", values[6]));
    let scan = program("isolated_scan");
    let mut command = isolated.command(&scan);
    command.args(values.iter().map(|value| masked(value)));
    passes(&mut command);
    isolated.nothing_runs();
}

#[test]
fn a_forked_child_has_a_process_of_its_own_and_nothing_of_its_parents() {
    let (isolated, fork) = (Isolated::new(""), program("isolated_fork"));
    passes(isolated.command(&fork).arg("500"));
    passes(isolated.command(&fork).args(["100", "opens"]));
    isolated.nothing_runs();
}

#[test]
fn a_host_without_descriptors_processes_or_word_of_its_children() {
    let (isolated, limits) = (Isolated::new(""), program("isolated_limits"));
    passes(&mut isolated.command(&limits));
    isolated.nothing_runs();
}

#[test]
fn neither_the_end_of_a_thread_nor_a_signal_hurts() {
    let (isolated, signals) = (Isolated::new(""), program("isolated_signals"));
    let output = passes(isolated.command(&signals).arg("5"));
    assert!(output.stdout.starts_with(b"set: "));
    isolated.nothing_runs();
}

/// A host that was started and is to be killed.
struct Host {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Host {
    /// In a group of its own, so that what it forked can be ended, too.
    fn start(isolated: &Isolated, program: &Program, how: &str) -> Self {
        let mut command = isolated.command(program);
        command.arg(how).stdout(Stdio::piped()).process_group(0);
        let mut child = command.spawn().expect("the program runs");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, output }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("what it says");
        line.trim().to_owned()
    }

    /// Itself, then whatever it says.
    fn processes(&mut self) -> Vec<i32> {
        let line = self.line();
        line.split(' ').map(|number| number.parse().expect("a number")).collect()
    }

    fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Forked children of it may still be there.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

#[test]
fn a_host_that_is_killed_or_just_exits_leaves_nothing() {
    let (isolated, host) = (Isolated::new(""), program("isolated_host"));
    for how in ["waits", "calls", "leaves"] {
        let mut host = Host::start(&isolated, &host, how);
        let processes = host.processes();
        assert!(runs(processes[1]), "{how}: {processes:?}");
        host.kill();
        soon(how, || processes[1..].iter().all(|&pid| pid == 0 || !runs(pid)));
    }
    let mut host = Host::start(&isolated, &host, "exits");
    let processes = host.processes();
    assert!(host.child.wait().unwrap().success());
    soon("exits", || !runs(processes[1]));
    isolated.nothing_runs();
}

#[test]
fn nor_does_one_whose_forked_child_lives_on() {
    let (isolated, program) = (Isolated::new(""), program("isolated_host"));
    let mut host = Host::start(&isolated, &program, "forks");
    let processes = host.processes();
    let [_, plugin, child, _] = processes[..] else { panic!("{processes:?}") };
    host.kill();
    soon("the plugin ends with the host", || !runs(plugin));
    assert!(runs(child), "which holds what it inherited");
    drop(host);

    let mut host = Host::start(&isolated, &program, "goes-on");
    let processes = host.processes();
    let [_, plugin, child, childs] = processes[..] else { panic!("{processes:?}") };
    host.kill();
    soon("the plugin ends with the host", || !runs(plugin));
    assert!(runs(child) && runs(childs));
    assert_eq!(host.line(), "goes on");
    soon("and that of the child with the child", || !runs(childs));
    isolated.nothing_runs();
}

#[test]
fn nor_one_that_is_killed_while_it_starts_processes_and_forks() {
    let (isolated, program) = (Isolated::new(""), program("isolated_host"));
    for round in 0..60 {
        let mut host = Host::start(&isolated, &program, "opens");
        host.processes();
        thread::sleep(Duration::from_micros(round * 731 % 40_000));
        host.kill();
        isolated.nothing_runs();
    }
}

/// Whether it runs. One that is nobody's child any more is reaped by the first process, at its leisure.
fn runs(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// Waits until it is so.
fn soon(what: &str, is: impl Fn() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}
