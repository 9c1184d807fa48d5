//! One provider, five ways: the plugin in C and the plugin in Rust, each in this process and in one of
//! its own, and the Rust provider without the ABI answer the same questions with the same answers.

mod plugin_common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use directory_plugin::Directory;
use plugin_common::{c_plugin, copy, in_a_child, in_process, mode};
use prefect_secrets_core::abi::{Plugin, Settings};
use prefect_secrets_core::{
    Answer, Buffer, Capabilities, Deadline, Error, Form, Kind, Provider, Secret,
};
use prefect_secrets_providers::plugin::{Running, Search, load};
use prefect_secrets_testing::{C, Home, built, workspace};

/// What a test says of an answer: enough to compare, and no value.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    /// Its length, and whether it is what was expected.
    Found(usize, bool),
    Absent,
    Failed(Kind, String, String),
}

fn failed(error: &Error) -> Said {
    Said::Failed(error.kind(), error.what().into(), error.next_step().into())
}

fn said(answer: Answer, expected: &[u8]) -> Said {
    match answer {
        Ok(None) => Said::Absent,
        Ok(Some(secret)) => {
            assert_eq!(secret.provider(), "files");
            assert!(matches!(secret.form(), Form::Text));
            assert_eq!((secret.expires_at(), secret.revision()), (None, None));
            // The JSON view exists where the text is UTF-8, and nowhere else.
            assert_eq!(secret.expose_json().is_ok(), str::from_utf8(expected).is_ok());
            let text = secret.expose_text();
            Said::Found(text.len(), text == expected)
        }
        Err(error) => failed(&error),
    }
}

struct Ways {
    ways: Vec<(&'static str, Arc<dyn Provider>)>,
    _c: C,
}

fn settings(directory: &Path) -> Settings {
    let json = serde_json::json!({ "directory": directory }).to_string();
    Settings::from_json(json.as_bytes()).expect("an object")
}

/// The provider of `directory`, five ways.
fn five_ways(directory: &Path) -> Ways {
    let c = C::new();
    let rust = copy(&built().rust_plugin(), c.folder().join("rust.so"));
    let loaded = |plugin: &Path, running: &Running| -> Arc<dyn Provider> {
        let path = plugin.to_str().expect("a UTF-8 path");
        let loaded = load("files", path, settings(directory), running, &Search::new());
        loaded.provider.unwrap_or_else(|error| panic!("{error}\n{}", loaded.trace))
    };
    let native = Directory::create("files", &settings(directory)).expect("an instance");
    let in_c = c_plugin(&c);
    let ways: Vec<(_, Arc<dyn Provider>)> = vec![
        ("native", Arc::new(native)),
        ("C", loaded(&in_c, &in_process())),
        ("Rust", loaded(&rust, &in_process())),
        ("C in a child", loaded(&in_c, &in_a_child())),
        ("Rust in a child", loaded(&rust, &in_a_child())),
    ];
    Ways { ways, _c: c }
}

/// Those of them in this process: for questions about the process itself.
fn three_ways(directory: &Path) -> Ways {
    let mut ways = five_ways(directory);
    ways.ways.truncate(3);
    ways
}

impl Ways {
    /// Asks the same of all, and returns the one answer that they gave.
    fn ask<T: PartialEq + std::fmt::Debug>(
        &self,
        question: &str,
        ask: impl Fn(&dyn Provider) -> T,
    ) -> T {
        let mut answers = self.ways.iter().map(|(way, provider)| (way, ask(&**provider)));
        let (_, first) = answers.next().expect("five ways");
        for (way, answer) in answers {
            assert_eq!(answer, first, "{question}: {way} does not answer as the native one");
        }
        first
    }

    fn get(&self, name: &str, expected: &[u8]) -> Said {
        let shown: String = name.chars().take(40).collect();
        self.ask(&shown, |provider| said(provider.get(name, &Deadline::default()), expected))
    }
}

const NOT_A_FILE: &str = "what has this name is not a regular file";

fn assert_failed(said: &Said, kind: Kind, what: &str) {
    let Said::Failed(is, because, next_step) = said else { panic!("no failure: {said:?}") };
    assert_eq!((*is, because.as_str()), (kind, what));
    assert!(!next_step.is_empty());
}

#[test]
fn a_list_of_questions() {
    let home = Home::new();
    let directory = home.path().join("secrets");
    let mebibyte: Vec<u8> = (0..1 << 20).map(|i: u32| (i % 251) as u8).collect();
    let long = "n".repeat(255);
    let files: &[(&str, &[u8])] = &[
        ("plain", b"one"),
        ("empty", b""),
        ("newline", b"one\n"),
        ("nul", b"a\0b\0"),
        ("binary", b"\xff\xfe\x00\x80"),
        ("json", br#" {"a": [1, 2.50]} "#),
        ("mebibyte", &mebibyte),
        ("with space", b"two"),
        ("\u{fc}n\u{ef}c\u{f6}de \u{1f511}", b"three"),
        ("back\\slash", b"four"),
        ("%41", b"five"),
        (".dotted", b"six"),
        ("...", b"seven"),
        (&long, b"eight"),
    ];
    for (name, content) in files {
        home.write(&format!("secrets/{name}"), content);
    }
    home.write("outside", b"not in the directory");
    fs::create_dir(directory.join("folder")).expect("a folder");
    symlink("../outside", directory.join("link out")).expect("a link");
    symlink("plain", directory.join("link in")).expect("a link");
    symlink("nowhere", directory.join("dangling")).expect("a link");
    let _socket = UnixListener::bind(directory.join("socket")).expect("a socket");
    fs::write(directory.join(OsStr::from_bytes(b"not \xff UTF-8")), b"x").expect("a file");
    let ways = five_ways(&directory);

    for (name, content) in files {
        assert_eq!(ways.get(name, content), Said::Found(content.len(), true), "{name}");
    }
    let too_long = "n".repeat(256);
    let far_too_long = "n".repeat(100_000);
    let absent = [
        "",
        ".",
        "..",
        "/",
        "missing",
        "PLAIN",
        "plain ",
        "plain/",
        "./plain",
        "../outside",
        "folder/",
        "folder/..",
        "/etc/passwd",
        "dangling/x",
        "\u{fc}",
        &too_long,
        &far_too_long,
    ];
    for name in absent {
        assert_eq!(ways.get(name, b""), Said::Absent, "{name:.40}");
    }
    for name in ["folder", "link out", "link in", "dangling", "socket"] {
        assert_failed(&ways.get(name, b""), Kind::Invalid, NOT_A_FILE);
    }

    let names: Vec<&str> =
        files.iter().map(|(name, _)| *name).chain(absent).chain(["folder"]).collect();
    let many = ways.ask("get_many", |provider| {
        let answers = provider.get_many(&names, &Deadline::default());
        let contents = files.iter().map(|(_, content)| *content).chain(std::iter::repeat(&b""[..]));
        answers
            .into_iter()
            .zip(contents)
            .map(|(answer, expected)| said(answer, expected))
            .collect::<Vec<_>>()
    });
    let singles: Vec<Said> = files
        .iter()
        .map(|(name, content)| ways.get(name, content))
        .chain(absent.iter().map(|name| ways.get(name, b"")))
        .chain([ways.get("folder", b"")])
        .collect();
    assert_eq!(many, singles, "the batch equals the singles");
    assert!(ways.ask("get_many of none", |p| p.get_many(&[], &Deadline::default()).is_empty()));

    for (name, exists) in
        [("plain", Ok(true)), ("missing", Ok(false)), ("folder", Err(Kind::Invalid))]
    {
        let answer = ways.ask(name, |provider| {
            provider.exists(name, &Deadline::default()).map_err(|error| error.kind())
        });
        assert_eq!(answer, exists, "{name}");
    }

    let listed = ways.ask("list", |provider| {
        let mut names = provider.list(&Deadline::default()).expect("the names");
        names.sort_unstable();
        names
    });
    let mut visible: Vec<&str> =
        files.iter().map(|(name, _)| *name).filter(|name| !name.starts_with('.')).collect();
    visible.sort_unstable();
    assert_eq!(listed, visible);
}

#[test]
fn what_they_can_do_is_the_same() {
    let home = Home::new();
    let ways = five_ways(home.path());
    let all = [Capabilities::GET_MANY, Capabilities::SET, Capabilities::DELETE, Capabilities::LIST];
    for capability in all {
        assert!(ways.ask("capability", |provider| provider.capabilities().has(capability)));
    }
    assert!(!ways.ask("refresh", |p| p.capabilities().has(Capabilities::REFRESH)));
    assert!(ways.ask("refresh", |p| p.refresh(&Deadline::default()).is_ok()));
}

#[test]
fn set_and_delete() {
    let home = Home::new();
    let ways = five_ways(home.path());
    let set = |name: &str, value: &[u8]| {
        let value = Secret::to_set(Buffer::copy_of(value), Form::Text);
        ways.ask(name, |provider| {
            let outcome = provider.set(name, &value, &Deadline::default());
            // Undone in between, so that each finds what the one before it found.
            let written = fs::read(home.path().join(name)).ok();
            let is_there = outcome.is_ok().then(|| written.as_deref() == Some(value.expose_text()));
            outcome.map(|()| is_there).map_err(|error| failed(&error))
        })
    };
    for value in [&b"first"[..], b"", b"nul\0 and \xff", &[7; 100_000]] {
        assert_eq!(set("new", value), Ok(Some(true)));
        assert_eq!(ways.get("new", value), Said::Found(value.len(), true));
    }
    let mode_of = |name: &str| {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(home.path().join(name)).expect("the file").permissions().mode() & 0o7777
    };
    assert_eq!(mode_of("new"), 0o600, "nobody else can read it");
    fs::create_dir(home.path().join("folder")).expect("a folder");
    fs::create_dir(home.path().join("folder/inside")).expect("a folder");
    assert_failed(&set("folder", b"x").expect_err("a failure"), Kind::Invalid, NOT_A_FILE);
    for name in ["", ".", "..", "a/b", "/tmp/x", &"n".repeat(256)] {
        let error = set(name, b"x").expect_err("a failure");
        assert_failed(&error, Kind::Invalid, "no file can have this name");
    }
    let large = vec![0; (16 << 20) + 1];
    let error = set("large", &large).expect_err("a failure");
    assert_failed(&error, Kind::Invalid, "the value is larger than 16 MiB");

    let value = Secret::to_set(Buffer::copy_of(b"{\"a\":1}"), Form::Json);
    assert!(ways.ask("forms", |p| p.set("form", &value, &Deadline::default()).is_ok()));
    assert_eq!(ways.get("form", b"{\"a\":1}"), Said::Found(7, true));
    // A file would read as the number.
    for form in [Form::Verbatim, Form::TextWithJson(Buffer::copy_of(b"\"1\""))] {
        let value = Secret::to_set(Buffer::copy_of(b"1"), form);
        let refusal = |p: &dyn Provider| {
            p.set("form", &value, &Deadline::default()).map_err(|error| failed(&error))
        };
        let error = ways.ask("forms", refusal).expect_err("a failure");
        assert_failed(
            &error,
            Kind::Unsupported,
            "a file has no room for a JSON view beside its text",
        );
    }

    let left = fs::read_dir(home.path()).expect("the directory").count();
    assert_eq!(left, 3, "new, folder, form: nothing temporary is left");

    let delete = |name: &str| {
        ways.ask(name, |provider| {
            if name == "new" {
                fs::write(home.path().join("new"), b"x").expect("the file");
            }
            let outcome = provider.delete(name, &Deadline::default());
            (outcome.map_err(|error| failed(&error)), home.path().join("new").exists())
        })
    };
    assert_eq!(delete("new"), (Ok(true), false));
    for absent in ["gone", "", ".", "..", "folder/inside", &"n".repeat(300)] {
        assert_eq!(delete(absent), (Ok(false), false));
    }
    let error = delete("folder").0.expect_err("a failure");
    assert_failed(&error, Kind::Invalid, NOT_A_FILE);
}

#[test]
fn sizes_at_the_limit() {
    let home = Home::new();
    let file = home.write("at the limit", b"");
    fs::File::options()
        .write(true)
        .open(&file)
        .and_then(|f| f.set_len(16 << 20))
        .expect("its size");
    let file = home.write("over", b"");
    fs::File::options()
        .write(true)
        .open(&file)
        .and_then(|f| f.set_len((16 << 20) + 1))
        .expect("its size");
    let file = home.write("far over", b"");
    fs::File::options().write(true).open(&file).and_then(|f| f.set_len(1 << 40)).expect("its size");
    let ways = five_ways(home.path());
    assert_eq!(ways.get("at the limit", &vec![0; 16 << 20]), Said::Found(16 << 20, true));
    for name in ["over", "far over"] {
        assert_failed(&ways.get(name, b""), Kind::Invalid, "the value is larger than 16 MiB");
    }
    // Files of the kernel have no size until they are read.
    let kernel = five_ways(Path::new("/proc/sys/kernel"));
    let expected = fs::read("/proc/sys/kernel/ostype").expect("a file of the kernel");
    assert_eq!(kernel.get("ostype", &expected), Said::Found(expected.len(), true));
    let long = fs::read("/proc/self/limits").expect("a file of the kernel");
    let process = three_ways(Path::new("/proc/self"));
    assert_eq!(process.get("limits", &long), Said::Found(long.len(), true));
}

#[test]
fn a_directory_that_is_gone_is_an_outage() {
    let home = Home::new();
    home.write("file", b"x");
    for gone in ["gone", "file"] {
        let ways = five_ways(&home.path().join(gone));
        let what = "the directory is not there";
        let value = Secret::to_set(Buffer::copy_of(b"x"), Form::Text);
        assert_failed(&ways.get("name", b""), Kind::Unavailable, what);
        for outcome in [
            ways.ask("list", |p| p.list(&Deadline::default()).map(|_| ()).map_err(|e| failed(&e))),
            ways.ask("set", |p| p.set("n", &value, &Deadline::default()).map_err(|e| failed(&e))),
            ways.ask("delete", |p| {
                p.delete("n", &Deadline::default()).map(|_| ()).map_err(|e| failed(&e))
            }),
            ways.ask("get_many", |p| {
                let mut answers = p.get_many(&["a", "b"], &Deadline::default());
                answers.swap_remove(1).map(|_| ()).map_err(|e| failed(&e))
            }),
        ] {
            assert_failed(&outcome.expect_err("an outage"), Kind::Unavailable, what);
        }
    }
}

#[test]
fn a_deadline_that_has_passed() {
    let home = Home::new();
    home.write("file", b"x");
    let ways = three_ways(home.path());
    let late = || Deadline::within(Duration::ZERO);
    let value = Secret::to_set(Buffer::copy_of(b"x"), Form::Text);
    for (outcome, doing) in [
        (
            ways.ask("get", |p| p.get("file", &late()).map(|_| ()).map_err(|e| failed(&e))),
            "reading a file",
        ),
        (
            ways.ask("set", |p| p.set("n", &value, &late()).map_err(|e| failed(&e))),
            "writing a file",
        ),
        (
            ways.ask("delete", |p| p.delete("n", &late()).map(|_| ()).map_err(|e| failed(&e))),
            "removing a file",
        ),
        (
            ways.ask("list", |p| p.list(&late()).map(|_| ()).map_err(|e| failed(&e))),
            "listing the directory",
        ),
    ] {
        let what = format!("the deadline passed while {doing}");
        assert_failed(&outcome.expect_err("a failure"), Kind::TimedOut, &what);
    }
}

#[test]
fn what_this_user_may_not_read_is_denied() {
    let home = Home::new();
    let directory = home.path().join("secrets");
    mode(&home.write("secrets/closed", b"x"), 0o000);
    let ways = three_ways(&directory);
    // Root may read everything: a thread that is somebody else for a while.
    let ask = |ways: &Ways, name: &'static str| {
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                if rustix::process::geteuid().is_root() {
                    let nobody = rustix::thread::Uid::from_raw(65534);
                    rustix::thread::set_thread_res_uid(nobody, nobody, nobody)
                        .expect("somebody else");
                }
                ways.get(name, b"")
            });
            asked.join().expect("an answer")
        })
    };
    mode(home.path(), 0o711);
    mode(&directory, 0o711);
    assert_failed(&ask(&ways, "closed"), Kind::Denied, "this user may not read the file");
    assert_eq!(ask(&ways, "missing"), Said::Absent);
    mode(&directory, 0o000);
    assert_failed(
        &ask(&three_ways(&directory.join("below")), "x"),
        Kind::Denied,
        "this user may not use the directory",
    );
    mode(&directory, 0o700);
}

#[test]
fn settings_that_are_no_path_are_refused() {
    let c = C::new();
    let rust = copy(&built().rust_plugin(), c.folder().join("rust.so"));
    let (c_plugin, search) = (c_plugin(&c), Search::new());
    for (json, what) in [
        ("{}", "the setting `directory` is missing"),
        (r#"{"Directory": "/tmp"}"#, "the setting `directory` is missing"),
        (r#"{"directory": ""}"#, "the setting `directory` is no absolute path"),
        (r#"{"directory": "tmp"}"#, "the setting `directory` is no absolute path"),
        (r#"{"directory": "~/x"}"#, "the setting `directory` is no absolute path"),
        (r#"{"directory": 5}"#, "the setting `directory` is no absolute path"),
        (r#"{"directory": "/a\u0000b"}"#, "the setting `directory` is no absolute path"),
    ] {
        let settings = || Settings::from_json(json.as_bytes()).expect("an object");
        let mut refusals = vec![Directory::create("files", &settings()).err().expect("a refusal")];
        for plugin in [&c_plugin, &rust] {
            for running in [in_process(), in_a_child()] {
                let path = plugin.to_str().expect("a UTF-8 path");
                let loaded = load("files", path, settings(), &running, &search);
                refusals.push(loaded.provider.err().expect("a refusal"));
            }
        }
        for error in &refusals {
            assert_failed(&failed(error), Kind::Invalid, what);
            assert_eq!(failed(error), failed(&refusals[0]));
        }
    }
}

#[test]
fn eight_threads_get_set_and_delete_at_once() {
    let home = Home::new();
    home.write("steady", b"steady");
    let ways = five_ways(home.path());
    for (way, provider) in &ways.ways {
        std::thread::scope(|scope| {
            for i in 0..8u8 {
                scope.spawn(move || {
                    let own = format!("thread {i}");
                    for round in 0..25u8 {
                        let deadline = Deadline::default();
                        let value = vec![i; 1 + usize::from(round) * 100];
                        let secret = Secret::to_set(Buffer::copy_of(&value), Form::Text);
                        provider.set(&own, &secret, &deadline).expect("written");
                        let found = said(provider.get(&own, &deadline), &value);
                        assert_eq!(found, Said::Found(value.len(), true), "{way}");
                        let steady = said(provider.get("steady", &deadline), b"steady");
                        assert_eq!(steady, Said::Found(6, true), "{way}");
                        assert!(provider.delete(&own, &deadline).expect("deleted"), "{way}");
                    }
                });
            }
        });
    }
}

#[test]
fn the_plugin_in_c_compiles_as_c_of_every_age() {
    let c = C::new();
    let source = workspace().join("examples/plugin_c/directory.c");
    for standard in ["-std=c99", "-std=c11", "-std=c17", "-std=c2x"] {
        assert!(c.plugin(&source, &[standard]).is_file(), "{standard}");
    }
}
