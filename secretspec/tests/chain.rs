//! Plugins of SecretSpec in a chain of ours: one made with their own kit, and one in Python.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use prefect_secrets_core::{Buffer, Chain, Deadline, Error, Form, Kind, Secret};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::local::Environment;
use prefect_secrets_testing::{Home, find, program, skip};

/// A chain in which `ss` is a plugin of SecretSpec, before a provider that has `OTHER`.
struct Ours {
    chain: Chain,
    home: Home,
}

fn executable(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o755)).expect("its mode");
}

fn memory(home: &Home) -> PathBuf {
    let built = program("prefect-secrets-secretspec", "--example", "secretspec_memory");
    let plugin = home.path().join("secretspec-provider-memory");
    fs::copy(built, &plugin).expect("a copy");
    executable(&plugin);
    plugin
}

fn python(home: &Home) -> Option<PathBuf> {
    find("python3")?;
    let plugin = home.write("secretspec-provider-py", include_str!("fixtures/plugin.py"));
    executable(&plugin);
    Some(plugin)
}

fn open(home: Home, arguments: &str, config: &str, more: &str) -> Ours {
    let ours = home.path().join("prefect-secrets-secretspec");
    fs::copy(env!("CARGO_BIN_EXE_prefect-secrets-secretspec"), &ours).expect("a copy");
    executable(&ours);
    let manifest = home.write(
        "ss.toml",
        format!(
            "manifest_version = 1\nid = 'secretspec'\nisolation = 'exec'\n\
             program = 'prefect-secrets-secretspec'\narguments = {arguments}\n"
        ),
    );
    home.config(&format!(
        "[context.secrets]\nOTHER = 'of another provider'\n[secrets]\nchain = ['ss', 'toml']\n\
         plugin_host = {:?}\n[secrets.providers.ss]\nplugin = {manifest:?}\n{more}\n\
         [secrets.providers.ss.config]\n{config}\n",
        program("prefect-secrets-plugin-host", "--bin", "prefect-secrets-plugin-host")
    ));
    let path = std::env::var("PATH").unwrap_or_default();
    let variables =
        [("HOME", home.path().to_str().unwrap()), ("PATH", &path), ("WANTED", "1"), ("NOT", "1")];
    let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
    let environment = Environment::of(variables, None, false);
    Ours { chain: Opener::new().environment(environment).open().expect("a chain"), home }
}

fn start(plugin: fn(&Home) -> PathBuf, config: &str) -> Ours {
    let home = Home::new();
    let arguments = format!("[{:?}]", plugin(&home));
    open(home, &arguments, config, "environment = ['WANTED']")
}

/// The plugin in Python at the address `py://DOES`.
fn start_python(does: &str) -> Option<Ours> {
    let home = Home::new();
    let arguments = format!("[{:?}]", python(&home)?);
    Some(open(home, &arguments, &format!("uri = 'py://{does}'"), "start_timeout_ms = 3000"))
}

impl Ours {
    fn find(&self, name: &str) -> Result<Option<Secret>, Error> {
        self.chain.get(name, &Deadline::within(Duration::from_secs(10)))
    }

    fn get(&self, name: &str) -> Result<String, Error> {
        let secret = self.find(name)?.unwrap_or_else(|| panic!("{name} is absent"));
        Ok(String::from_utf8(secret.expose_text().to_vec()).expect("UTF-8"))
    }

    fn fails(&self, name: &str, kind: Kind, words: &str) {
        let error = self.find(name).err().unwrap_or_else(|| panic!("{name} does not fail"));
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains("n33dle"), "{error}");
        assert_eq!((error.provider(), error.name()), (Some("ss"), Some(name)), "{error}");
    }

    /// Our program, which is the parent of theirs.
    fn parent(&self) -> i32 {
        let plugin = self.get("PID").expect("a number");
        let stat = fs::read_to_string(format!("/proc/{plugin}/stat")).expect("a process");
        let rest = stat.rsplit(") ").next().expect("its state");
        rest.split(' ').nth(1).expect("its parent").parse().expect("a number")
    }
}

/// Whether it runs. One that is nobody's child any more is reaped by the first process, at its leisure.
fn runs(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

fn soon(what: &str, is: impl Fn() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn value(text: &str) -> Secret {
    Secret::to_set(Buffer::copy_of(text.as_bytes()), Form::Text)
}

#[test]
fn found_missing_and_dated() {
    let ours = start(
        memory,
        "uri = 'memory://host/path'\nproject = 'p'\nprofile = 'q'\nreason = 'a test'",
    );
    assert_eq!(ours.get("DB").unwrap(), "s3cr3t-é\n\0end");
    assert!(ours.find("NOWHERE").unwrap().is_none());
    assert!(ours.find(&"x".repeat(5000)).unwrap().is_none(), "SecretSpec can have no such name");
    assert_eq!(ours.get("OTHER").unwrap(), "of another provider", "a missing one goes on");
    let dated = ours.find("DATED").unwrap().expect("a secret");
    assert_eq!(dated.expires_at(), Some(UNIX_EPOCH + Duration::from_secs(1_900_000_000)));
    assert_eq!(dated.revision(), Some("version:7"));
    assert_eq!(ours.get("VARIABLES").unwrap(), "HOME PATH WANTED");
}

#[test]
fn set_and_delete() {
    let ours = start(memory, "uri = 'memory://'");
    let provider = ours.chain.links()[0].provider();
    let deadline = Deadline::default();
    provider.set("NEW", &value("kept"), &deadline).expect("it is set");
    assert_eq!(ours.get("NEW").unwrap(), "kept");
    let json = Secret::to_set(Buffer::copy_of(br#"{"a":1}"#), Form::Json);
    provider.set("NEW", &json, &deadline).expect("it is set");
    assert_eq!(ours.find("NEW").unwrap().expect("it").expose_json().unwrap(), r#"{"a":1}"#);
    assert!(provider.delete("NEW", &deadline).unwrap());
    assert!(!provider.delete("NEW", &deadline).unwrap());
    assert!(ours.find("NEW").unwrap().is_none());
    let two = Secret::to_set(Buffer::copy_of(b"x"), Form::TextWithJson(Buffer::copy_of(b"1")));
    let error = provider.set("NEW", &two, &deadline).unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported, "{error}");
    let bytes = Secret::to_set(Buffer::copy_of(b"\xff"), Form::Text);
    assert_eq!(provider.set("NEW", &bytes, &deadline).unwrap_err().kind(), Kind::Invalid);
    let large = provider.set("NEW", &value(&"x".repeat(2 << 20)), &deadline).unwrap_err();
    assert_eq!(large.kind(), Kind::Invalid, "{large}");
    assert!(large.what().contains("larger"), "{large}");
    assert_eq!(ours.get("DB").unwrap(), "s3cr3t-é\n\0end", "it goes on after that");
    assert_eq!(provider.list(&deadline).unwrap_err().kind(), Kind::Unsupported);
}

#[test]
fn their_failures_are_ours() {
    let ours = start(memory, "uri = 'memory://'");
    for (name, kind) in [
        ("permission_denied", Kind::Denied),
        ("interaction_required", Kind::Denied),
        ("unavailable", Kind::Unavailable),
        ("deadline_exceeded", Kind::TimedOut),
        ("capability_required", Kind::Unsupported),
        ("method_not_found", Kind::Unsupported),
        ("invalid_request", Kind::Invalid),
        ("invalid_params", Kind::Invalid),
        ("conflict", Kind::Internal),
        ("operation_failed", Kind::Internal),
        ("internal", Kind::Internal),
        ("representation_mismatch", Kind::Internal),
    ] {
        ours.fails(&format!("FAILS:{name}"), kind, name);
    }
    ours.fails("FAILS:message_too_large", Kind::Invalid, "larger");
    assert_eq!(ours.get("DB").unwrap(), "s3cr3t-é\n\0end");
}

fn fifty(ours: &Ours, value: &str) {
    let names: Vec<String> = (0..50)
        .map(|i| if i % 3 == 0 { "DB".into() } else { format!("NOWHERE{}", i % 7) })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answers = ours.chain.get_many(&names, &Deadline::default());
    assert_eq!(answers.len(), 50);
    for (i, answer) in answers.into_iter().enumerate() {
        let found = answer.unwrap().map(|secret| secret.expose_text() == value.as_bytes());
        assert_eq!(found, (i % 3 == 0).then_some(true), "{i}");
    }
}

#[test]
fn fifty_at_once() {
    let ours = start(memory, "uri = 'memory://'");
    fifty(&ours, "s3cr3t-é\n\0end");
    // Of a plugin without get_many, whose calls are as many.
    if let Some(ours) = start_python("") {
        fifty(&ours, "from python");
        let names: Vec<String> = (0..50).map(|i| format!("BIG:{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let answers = ours.chain.get_many(&names, &Deadline::default());
        for (i, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer.unwrap().expect("a value").expose_text().len(), i);
        }
    }
}

#[test]
fn eight_threads_get_their_own_answers() {
    let ours = start(memory, "uri = 'memory://'");
    let provider = ours.chain.links()[0].provider();
    for i in 0..8 {
        provider
            .set(&format!("OF{i}"), &value(&format!("{i}")), &Deadline::default())
            .expect("set");
    }
    thread::scope(|scope| {
        for i in 0..8 {
            let ours = &ours;
            scope.spawn(move || {
                for _ in 0..300 {
                    assert_eq!(ours.get(&format!("OF{i}")).unwrap(), format!("{i}"));
                }
            });
        }
    });
}

#[test]
fn two_values_too_long_for_one_message_come_in_two() {
    let home = Home::new();
    let arguments = format!("[{:?}]", memory(&home));
    let ours = open(home, &arguments, "uri = 'memory://'\nproject = 'p'", "");
    let provider = ours.chain.links()[0].provider();
    provider.set("a/LONG", &value("unused"), &Deadline::default()).expect("it is set");
    let answers = ours.chain.get_many(&["LONG", "a/LONG", "NOWHERE"], &Deadline::default());
    let lengths: Vec<Option<usize>> = answers
        .into_iter()
        .map(|answer| answer.unwrap().map(|secret| secret.expose_text().len()))
        .collect();
    assert_eq!(lengths, [Some(600_000), Some(600_000), None]);
}

#[test]
fn one_of_the_standard_library_only() {
    let Some(ours) = start_python("") else { return };
    assert_eq!(ours.get("DB").unwrap(), "from python");
    assert_eq!(ours.find("JSON").unwrap().expect("it").expose_json().unwrap(), r#"{"a":[1]}"#);
    assert!(ours.find("NOWHERE").unwrap().is_none());
    let provider = ours.chain.links()[0].provider();
    for error in [
        provider.set("NEW", &value("x"), &Deadline::default()).unwrap_err(),
        provider.delete("NEW", &Deadline::default()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), Kind::Unsupported, "{error}");
        assert!(error.what().contains("has no provider."), "{error}");
    }
    ours.fails("DENIED", Kind::Denied, "permission_denied");
}

#[test]
fn what_goes_wrong_in_a_call_is_named_and_the_next_call_finds_it_well() {
    for (name, kind, words) in [
        ("EXIT", Kind::Panicked, "the SecretSpec plugin exited with status 3"),
        ("SEGV", Kind::Panicked, "the SecretSpec plugin crashed with signal 11"),
        ("GARBAGE", Kind::Internal, "it sent what is no message"),
        ("PLAIN", Kind::Internal, "it sent what is no message"),
        ("CLOSES", Kind::Internal, "it closed its output and went on"),
        ("BIG:9000", Kind::Internal, "it sent what is no message"),
        ("SHAPE", Kind::Internal, "an answer has another shape than its method"),
    ] {
        let Some(ours) = start_python("") else { return };
        let (before, parent) = (ours.get("PID").unwrap(), ours.parent());
        ours.fails(name, kind, words);
        assert_eq!(ours.get("OTHER").unwrap(), "of another provider");
        assert_eq!(ours.get("DB").unwrap(), "from python");
        assert_eq!(ours.parent(), parent, "our program stays");
        let after = ours.get("PID").unwrap();
        assert_eq!(after == before, name == "SHAPE", "{name}");
        soon("the old one is gone", || after == before || !runs(&before));
    }
}

#[test]
fn one_that_keeps_ending_is_not_started_again_at_once() {
    let Some(ours) = start_python("") else { return };
    for _ in 0..4 {
        ours.fails("EXIT", Kind::Panicked, "status 3");
    }
    ours.fails("EXIT", Kind::Unavailable, "is not started again for");
    soon("it is started again", || ours.get("DB").is_ok());
}

#[test]
fn what_hangs_is_given_up_at_the_deadline_and_ended_a_second_later() {
    let Some(ours) = start_python("") else { return };
    let (before, parent) = (ours.get("PID").unwrap(), ours.parent());
    let start = Instant::now();
    let deadline = Deadline::within(Duration::from_millis(300));
    let error = ours.chain.get("HANG", &deadline).unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut, "{error}");
    assert!(error.what().contains("while the SecretSpec plugin was working"), "{error}");
    let elapsed = start.elapsed();
    assert!(
        elapsed >= Duration::from_millis(250) && elapsed < Duration::from_millis(900),
        "{elapsed:?}"
    );
    soon("it is ended", || !runs(&before));
    assert_eq!(ours.get("DB").unwrap(), "from python");
    assert_eq!(ours.parent(), parent);
}

#[test]
fn what_goes_wrong_at_the_start_is_named() {
    for (does, kind, words) in [
        ("exit", Kind::Panicked, "exited with status 3"),
        ("garbage", Kind::Internal, "it sent what is no message"),
        ("shape", Kind::Internal, "another shape"),
        ("closes", Kind::Internal, "it closed its output"),
        ("denied", Kind::Denied, "permission_denied"),
        ("version", Kind::Unsupported, "unsupported_version"),
        ("other", Kind::Invalid, "is for addresses of the scheme other, and `uri` has py"),
        ("outage", Kind::Unavailable, "unavailable"),
        ("hang", Kind::TimedOut, "did not create its provider in time"),
    ] {
        let Some(ours) = start_python(does) else { return };
        ours.fails("DB", kind, words);
        // Nothing is left, not even of one that hangs.
        let plugin = ours.home.path().join("secretspec-provider-py");
        soon("it is gone", || does == "outage" || !started(&plugin));
        drop(ours.chain);
        soon("it is gone", || !started(&plugin));
    }
}

/// Whether a process runs that has this path among its arguments.
fn started(path: &Path) -> bool {
    let path = path.to_str().expect("UTF-8").as_bytes();
    fs::read_dir("/proc").expect("/proc").flatten().any(|entry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let arguments: Vec<&[u8]> = line.split(|&byte| byte == 0).collect();
        arguments.contains(&path) && arguments.contains(&&b"provider"[..])
    })
}

#[test]
fn a_wrong_configuration_is_named() {
    let refused = |arguments: &str, config: &str, kind: Kind, words: &str| {
        open(Home::new(), arguments, config, "").fails("DB", kind, words);
    };
    let uri = "uri = 'memory://'";
    refused("['/nowhere/plugin']", uri, Kind::Invalid, "/nowhere/plugin cannot be opened");
    refused("['plugin']", uri, Kind::Invalid, "absolute/path");
    refused("[]", uri, Kind::Invalid, "absolute/path");
    let home = Home::new();
    let arguments = format!("[{:?}]", memory(&home));
    refused(&arguments, "", Kind::Invalid, "`uri` is missing");
    refused(&arguments, "uri = 'nothing'", Kind::Invalid, "no scheme");
    refused(&arguments, "uri = 'other://x'", Kind::Invalid, "its scheme is the plugin's own");
    refused(&arguments, "uri = 'memory://'\nprojekt = 'x'", Kind::Invalid, "do not fit");

    let plugin = home.path().join("secretspec-provider-memory");
    fs::set_permissions(&plugin, Permissions::from_mode(0o777)).expect("its mode");
    refused(&arguments, uri, Kind::Denied, "can be written by other users");
    fs::set_permissions(&plugin, Permissions::from_mode(0o644)).expect("its mode");
    refused(&arguments, uri, Kind::Invalid, "nobody may execute it");
    home.write("secretspec-provider-memory", "#!/nowhere/interpreter\n");
    executable(&plugin);
    refused(&arguments, uri, Kind::Invalid, "cannot be started");
}

#[test]
fn both_processes_are_gone_after_close() {
    for python in [false, true] {
        let ours = if python { start_python("") } else { Some(start(memory, "uri = 'memory://'")) };
        let Some(ours) = ours else { return };
        let (plugin, parent) = (ours.get("PID").unwrap(), ours.parent());
        let start = Instant::now();
        drop(ours.chain);
        // Both have said good-bye: neither was killed after the second that the host gives.
        assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
        assert!(!runs(&parent.to_string()));
        assert!(!runs(&plugin), "theirs ended before ours did");
    }
}

#[test]
fn theirs_ends_when_ours_is_killed() {
    let Some(ours) = start_python("") else { return };
    let (plugin, parent) = (ours.get("PID").unwrap(), ours.parent());
    // One that hangs does not see that its input ends.
    thread::scope(|scope| {
        let hangs = scope.spawn(|| ours.find("HANG").unwrap_err());
        thread::sleep(Duration::from_millis(200));
        let killed = std::process::Command::new("kill").args(["-9", &parent.to_string()]).status();
        assert!(killed.expect("kill").success());
        soon("theirs ends", || !runs(&plugin));
        assert_eq!(hangs.join().unwrap().kind(), Kind::Unavailable);
    });
    assert_eq!(ours.get("DB").unwrap(), "from python");
}

#[test]
fn no_value_is_left_in_our_program() {
    let Some(ours) = start_python("") else { return };
    let parent = ours.parent();
    let Ok(memory) = fs::File::open(format!("/proc/{parent}/mem")) else {
        return skip("the memory of another process cannot be read here");
    };
    for _ in 0..5 {
        assert_eq!(ours.get("TOKEN").unwrap(), "n33dle-in-python");
    }
    assert!(count(&memory, parent, b"py://") > 0, "the control: a setting is found");
    // The thread that reads wipes its buffer when it waits for more, a moment after the answer.
    soon("no value is found", || count(&memory, parent, b"n33dle-in-python") == 0);
}

/// How often the bytes stand in the writable memory of a process.
fn count(memory: &fs::File, pid: i32, bytes: &[u8]) -> usize {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("its mappings");
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split(' ').next().and_then(|range| range.split_once('-')).unwrap();
        let number = |text| u64::from_str_radix(text, 16).unwrap();
        let (from, to) = (number(from), number(to));
        let mut part = vec![0; (to - from) as usize];
        if memory.read_exact_at(&mut part, from).is_ok() {
            found += part.windows(bytes.len()).filter(|window| *window == bytes).count();
        }
    }
    found
}
