//! A plugin in a process of its own: what it does there, and what becomes of it, never hurts the host.

mod plugin_common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use plugin_common::{fixture, in_a_child};
use prefect_secrets_core::{Cancellation, Chain, Deadline, Error, Kind};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::local::Environment;
use prefect_secrets_testing::{C, Home, built};

/// A chain of one plugin, and everything that it needs.
struct Child {
    chain: Chain,
    home: Home,
    _c: C,
}

fn chain(home: &Home, plugin: &Path, more: &str) -> Chain {
    home.config(&format!(
        "[context.secrets]\nOTHER = 'of another provider'\n[secrets]\nchain = ['toml', 'does']\n\
         plugin_host = {:?}\n[secrets.providers.does]\nplugin = {plugin:?}\n{more}\n",
        built().plugin_host()
    ));
    let variables = [
        ("HOME", home.path().to_str().unwrap()),
        ("LANG", "C"),
        ("WANTED", "here"),
        ("OTHER_ONE", "no"),
    ];
    let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
    Opener::new().environment(Environment::of(variables, None, false)).open().expect("a chain")
}

fn start(more: &str) -> Child {
    let (home, c) = (Home::new(), C::new());
    let plugin = fixture(&c, "does.c", "does.so", &[]);
    Child { chain: chain(&home, &plugin, more), home, _c: c }
}

fn text(answer: Result<Option<prefect_secrets_core::Secret>, Error>) -> Result<String, Error> {
    let secret = answer?.expect("it is not absent");
    Ok(String::from_utf8(secret.expose_text().to_vec()).expect("UTF-8"))
}

impl Child {
    fn within(&self, what: &str, milliseconds: u64) -> Result<String, Error> {
        text(self.chain.get(what, &Deadline::within(Duration::from_millis(milliseconds))))
    }

    fn does(&self, what: &str) -> Result<String, Error> {
        self.within(what, 10_000)
    }

    fn pid(&self) -> i32 {
        self.does("PID").expect("a number").parse().expect("a number")
    }

    /// It answers, and so does the other provider.
    fn lives(&self) {
        assert_eq!(self.does("ECHO:x").expect("an answer"), "x");
        assert_eq!(self.does("OTHER").expect("an answer"), "of another provider");
    }
}

fn exists(pid: i32) -> bool {
    // A zombie is there, too: it would not be if it was reaped.
    Path::new(&format!("/proc/{pid}")).exists()
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
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn its_surroundings_are_clean() {
    let child = start("environment = ['WANTED', 'NOT_THERE']");
    assert_eq!(child.does("CWD").unwrap(), "/");
    assert_ne!(child.pid(), std::process::id() as i32);
    assert_eq!(child.does("LEADS_SESSION").unwrap(), "1");
    assert_eq!(child.does("NO_NEW_PRIVS").unwrap(), "1");
    assert_eq!(child.does("DUMPABLE").unwrap(), "0");
    assert_eq!(child.does("CORE").unwrap(), "1");
    assert_eq!(child.does("IGNORED").unwrap(), "0");
    assert_eq!(child.does("ENV:WANTED").unwrap(), "here");
    assert_eq!(child.does("ENV:LANG").unwrap(), "C");
    assert!(child.does("ENV:PATH").unwrap().contains("/bin"));
    // HOME, LANG, PATH, WANTED.
    assert_eq!(child.does("VARIABLES").unwrap(), "4");
    // The standard three, the socket, the library, the handle of this process, and two to wait at.
    assert_eq!(child.does("DESCRIPTORS").unwrap(), "8");
}

#[test]
fn each_way_to_end_is_told_and_the_next_call_starts_it_again() {
    let child = start("");
    for (what, kind, words) in [
        ("SEGV", Kind::Panicked, "ended by signal 11 (SIGSEGV)"),
        ("ABORT", Kind::Panicked, "ended by signal 6 (SIGABRT)"),
        ("EXIT:7", Kind::Panicked, "exited with status 7"),
    ] {
        let before = child.pid();
        let error = child.does(what).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.what().contains(words), "{error}");
        assert_eq!((error.provider(), error.name()), (Some("does"), Some(what)));
        assert!(!exists(before), "it was reaped");
        child.lives();
        assert_ne!(child.pid(), before);
    }
    let child = start("");
    for (what, kind, words) in [
        ("SIGNAL:9", Kind::Unavailable, "ended by signal 9 (SIGKILL)"),
        ("EXIT:0", Kind::Panicked, "exited with status 0"),
    ] {
        let error = child.does(what).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.what().contains(words), "{error}");
        child.lives();
    }
}

#[test]
fn one_that_keeps_ending_is_not_started_again_at_once() {
    let child = start("");
    let mut said = Vec::new();
    for _ in 0..6 {
        said.push(child.does("SEGV").unwrap_err());
    }
    assert_eq!(said[2].kind(), Kind::Panicked);
    assert_eq!(said[5].kind(), Kind::Unavailable);
    assert!(said[5].what().contains("is not started again for"), "{}", said[5]);
    assert_eq!(child.does("OTHER").unwrap(), "of another provider");
    soon("it is started again", || child.does("ECHO:x").is_ok());
}

#[test]
fn one_that_ends_while_a_process_that_it_started_holds_its_socket_is_seen_to_end() {
    let child = start("");
    let left: i32 = child.does("LEAVE").unwrap().parse().unwrap();
    let error = child.within("SEGV", 20_000).unwrap_err();
    assert!(error.what().contains("SIGSEGV"), "{error}");
    soon("what it started ends with it", || !runs(left));
    child.lives();
}

#[test]
fn what_hangs_is_given_up_and_ended_and_others_go_on_meanwhile() {
    let child = start("");
    let before = child.pid();
    let error = child.within("HANG", 50).unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut, "{error}");
    // Its other threads answer.
    assert_eq!(child.does("ECHO:y").unwrap(), "y");
    assert_eq!(child.pid(), before);
    thread::sleep(Duration::from_millis(1100));
    // It still has not come back: the next call gets a new process.
    assert_eq!(child.does("ECHO:z").unwrap(), "z");
    assert_ne!(child.pid(), before);
    assert!(!exists(before));
    child.lives();
    // Who closes everything has no way to answer.
    assert_eq!(child.within("CLOSE_ALL", 50).unwrap_err().kind(), Kind::TimedOut);
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(child.does("ECHO:z").unwrap(), "z");
    child.lives();
    // A call that waits without end is ended with the others.
    thread::scope(|scope| {
        let waits = scope.spawn(|| text(child.chain.get("HANG", &Deadline::none())));
        thread::sleep(Duration::from_millis(50));
        assert_eq!(child.within("SLEEP:60000", 50).unwrap_err().kind(), Kind::TimedOut);
        let error = waits.join().unwrap().unwrap_err();
        assert!(error.what().contains("did not come back"), "{error}");
    });
}

#[test]
fn a_cancelled_call_has_the_time_that_it_was_given_and_no_more() {
    let child = start("");
    let before = child.pid();
    let cancelled = |what: &str, milliseconds| {
        let cancellation = Cancellation::new();
        let deadline = Deadline::within(Duration::from_millis(milliseconds)).or(&cancellation);
        thread::scope(|scope| {
            // Two: one of them reads, and the other one follows.
            let calls = [(); 2].map(|()| scope.spawn(|| text(child.chain.get(what, &deadline))));
            thread::sleep(Duration::from_millis(100));
            cancellation.cancel();
            for call in calls {
                assert_eq!(call.join().unwrap().unwrap_err().kind(), Kind::Cancelled);
            }
        });
    };
    let start = Instant::now();
    cancelled("SLEEP:20000", 60_000);
    assert!(start.elapsed() < Duration::from_secs(10), "nobody waited for the answer");
    thread::sleep(Duration::from_millis(1200));
    assert_eq!(child.pid(), before, "it works on what it was asked, and is not ended for that");
    cancelled("HANG", 300);
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(child.does("ECHO:z").unwrap(), "z");
    assert_ne!(child.pid(), before, "it should have been back by now");
}

#[test]
fn an_answer_that_comes_late_is_nobody_elses() {
    let child = start("");
    for round in 0..20 {
        let error = child.within("SLEEP:60", 20).unwrap_err();
        assert_eq!(error.kind(), Kind::TimedOut, "{error}");
        let echo = format!("ECHO:{round}");
        assert_eq!(child.does(&echo).unwrap(), round.to_string());
    }
    thread::sleep(Duration::from_millis(100));
    let before = child.pid();
    child.lives();
    assert_eq!(child.pid(), before, "it was late, and is not ended for that");
    // The answer comes in time, and nobody is there to read it until much later.
    assert_eq!(child.within("SLEEP:60", 20).unwrap_err().kind(), Kind::TimedOut);
    thread::sleep(Duration::from_millis(1200));
    assert_eq!(child.pid(), before, "it answered, and is not ended");
}

#[test]
fn eight_threads_share_one_process() {
    let child = start("");
    let pid = child.pid();
    thread::scope(|scope| {
        for i in 0..8 {
            let child = &child;
            scope.spawn(move || {
                for round in 0..500 {
                    let name = format!("ECHO:{i} {round}");
                    assert_eq!(child.does(&name).unwrap(), name["ECHO:".len()..]);
                }
            });
        }
    });
    assert_eq!(child.pid(), pid);
    // They overlap: each of eight returns when all are inside.
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| child.does("MEET:8").unwrap());
        }
    });
}

#[test]
fn killed_while_ten_thousand_gets_run() {
    let child = start("");
    let (right, failed, kills) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let killer = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let remark = child.chain.links().last().and_then(|link| link.provider().remark(""));
                let pid = remark.and_then(|remark| remark.rsplit(' ').next()?.parse().ok());
                if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                    kills.fetch_add(1, Ordering::Relaxed);
                }
                thread::sleep(Duration::from_millis(150));
            }
        });
        let threads: Vec<_> = (0..4)
            .map(|i| {
                let (child, right, failed) = (&child, &right, &failed);
                scope.spawn(move || {
                    for round in 0..2500 {
                        let name = format!("ECHO:{i} {round}");
                        match child.does(&name) {
                            Ok(value) => {
                                assert_eq!(value, name["ECHO:".len()..]);
                                right.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(error) => {
                                assert_eq!(error.kind(), Kind::Unavailable, "{error}");
                                assert!(error.what().contains("process"), "{error}");
                                failed.fetch_add(1, Ordering::Relaxed);
                                // Somebody who asks again waits a little.
                                thread::sleep(Duration::from_millis(1));
                            }
                        }
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        over.store(true, Ordering::Relaxed);
        killer.join().unwrap();
    });
    let (right, failed) = (right.into_inner(), failed.into_inner());
    assert_eq!(right + failed, 10_000);
    assert!(
        kills.into_inner() >= 2 && failed > 0 && right > 1000,
        "{right} right, {failed} failed"
    );
    soon("it answers", || child.does("ECHO:x").is_ok());
}

#[test]
fn nothing_is_left_when_the_chain_is_closed() {
    let own = |folder: &str| fs::read_dir(format!("/proc/self/{folder}")).unwrap().count();
    // Other tests run beside this one: a process of its own would be needed to count exactly, see
    // the C host of ffi. Here: none of the numbers grows with the rounds.
    let mut pids: Vec<PathBuf> = Vec::new();
    let before = own("fd");
    for _ in 0..40 {
        let child = start("");
        pids.push(format!("/proc/{}", child.pid()).into());
        let left: i32 = child.does("LEAVE").unwrap().parse().unwrap();
        assert!(runs(left), "it is there");
        drop(child.chain);
        soon("what the plugin started ends with it", || !runs(left));
    }
    assert!(pids.iter().all(|pid| !pid.exists()), "each was reaped");
    assert!(own("fd") < before + 30, "descriptors grow");
}

#[test]
fn one_that_does_not_end_when_asked_is_killed() {
    let (home, c) = (Home::new(), C::new());
    let plugin = fixture(&c, "does.c", "does.so", &[]);
    home.config(&format!(
        "[secrets]\nchain = ['does']\nplugin_host = {:?}\n[secrets.providers.does]\nplugin = {plugin:?}\n\
         environment = ['HANG_AT_CLOSE']\n",
        built().plugin_host()
    ));
    let variables = [("HOME", home.path().to_str().unwrap()), ("HANG_AT_CLOSE", "1")];
    let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
    let environment = Environment::of(variables, None, false);
    let chain = Opener::new().environment(environment).open().expect("a chain");
    let pid: i32 = text(chain.get("PID", &Deadline::default())).unwrap().parse().unwrap();
    let start = Instant::now();
    drop(chain);
    assert!(!exists(pid));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn one_that_does_not_start_in_time_is_refused() {
    let (home, c) = (Home::new(), C::new());
    let slow = fixture(&c, "does.c", "slow.so", &["-DSLOW_START_MS=60000"]);
    let chain_of_slow = chain(&home, &slow, "start_timeout_ms = 300");
    let error = text(chain_of_slow.get("ECHO:x", &Deadline::default())).unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut, "{error}");
    assert!(error.what().contains("did not say hello in time"), "{error}");
    let trace = chain_of_slow.load_trace("does").expect("a trace").to_owned();
    assert!(trace.contains("start: ") && trace.contains("refused, timed out"), "{trace}");

    let plugin = fixture(&c, "does.c", "does.so", &[]);
    let chain = chain(&home, &plugin, "start_timeout_ms = 300\nconfig.hang = 1");
    let error = text(chain.get("ECHO:x", &Deadline::default())).unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut, "{error}");
    assert!(error.what().contains("did not create its provider in time"), "{error}");
}

/// It reads nothing any more: what does not fit into the socket waits, each until its own deadline.
#[test]
fn one_that_does_not_read_keeps_nobody_longer_than_its_deadline() {
    let child = &start("");
    child.lives();
    let stop = format!("SIGNAL:{}", rustix::process::Signal::STOP.as_raw());
    thread::scope(|scope| {
        let waits = scope.spawn(|| child.within(&stop, 8000));
        thread::sleep(Duration::from_millis(100));
        // More than the socket holds, and a thread that is stuck with it.
        let long = "x".repeat(1_000_000);
        let stuck = scope.spawn(move || child.within(&long, 8000));
        thread::sleep(Duration::from_millis(100));
        let error = child.within("ECHO:x", 50).unwrap_err();
        assert_eq!(error.kind(), Kind::TimedOut, "{error}");
        assert!(!stuck.is_finished() && !waits.is_finished(), "they may wait longer");
        for call in [stuck, waits] {
            assert!(call.join().unwrap().is_err());
        }
    });
    child.lives();
}

#[test]
fn values_of_every_size_come_through() {
    let child = start("");
    for len in [0, 1, 4095, 4096, 70_000, 1 << 20, 64 << 20] {
        let name = format!("BIG:{len}");
        let secret = child.chain.get(&name, &Deadline::default()).unwrap().expect("a value");
        let right = |(i, &byte): (usize, &u8)| byte == (i * 31) as u8;
        assert_eq!(secret.expose_text().len(), len);
        assert!(secret.expose_text().iter().enumerate().all(right), "{len}");
    }
    let error = child.chain.get("BIG:67108865", &Deadline::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid, "{error}");
    // Names that are as long as one may be, and longer.
    let long = "x".repeat(1_048_000);
    assert!(child.chain.get(&long, &Deadline::default()).unwrap().is_none());
    let error = child.chain.get(&(long + "x"), &Deadline::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid, "{error}");
    child.lives();
}

#[test]
fn where_it_runs_is_the_configurations_to_say() {
    let child = start("isolation = 'in-process'");
    assert_eq!(child.pid(), std::process::id() as i32);
    let child = start("isolation = 'process'");
    assert_ne!(child.pid(), std::process::id() as i32);
    let remark = child.chain.explain("ECHO:x", &Deadline::default()).unwrap().to_json();
    assert!(remark.contains("runs in a process of its own"), "{remark}");
    for (more, words) in [
        ("isolation = 'thread'", "\"process\" or \"in-process\""),
        ("sandbox = 'perhaps'", "true or false"),
        ("environment = 'HOME'", "a list of texts"),
        ("start_timeout_ms = 0", "more than 0"),
        ("sandbox_read = ['here']", "absolute paths"),
    ] {
        child.home.config(&format!(
            "[secrets]\nchain = ['does']\n[secrets.providers.does]\nplugin = '/x.so'\n{more}\n"
        ));
        let config = child.home.path().join(".prefect/config.toml");
        let error = Opener::new().config_path(config).open().err().expect("a refusal");
        assert!(error.what().contains(words), "{error}");
    }
}

#[test]
fn a_host_program_that_is_nowhere_or_somebody_elses_is_refused() {
    let c = C::new();
    let plugin = fixture(&c, "does.c", "does.so", &[]);
    for (host, words) in
        [("/nowhere/prefect-secrets-plugin-host", "cannot be opened"), ("/bin/true", "did not")]
    {
        let mut running = in_a_child();
        running.plugin_host = Some(host.into());
        let loaded = prefect_secrets_providers::plugin::load(
            "does",
            plugin.to_str().unwrap(),
            prefect_secrets_core::abi::Settings::none(),
            &running,
            &prefect_secrets_providers::plugin::Search::new(),
        );
        let error = loaded.provider.err().expect("a refusal");
        assert!(error.what().contains(words) || host == "/bin/true", "{error}");
        assert!(loaded.trace.to_string().contains("start: "), "{}", loaded.trace);
    }
}
