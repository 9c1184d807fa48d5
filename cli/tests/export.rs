//! `export`: who is exported, what is refused, and where it goes.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;

use prefect_secrets_testing::{Home, find};
use rustix::process::{Pid, Signal, kill_process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");
const PREFIX: &str = "PREFECT__CONTEXT__SECRETS__";
/// The link `plain` answers a name with the variable `S_NAME`, as it stands.
const PLAIN: &str = "[secrets]\nchain = ['plain', 'toml']\n[secrets.providers.toml]\nverbatim = true\n\
    [secrets.providers.plain]\nprovider = 'env'\nprefix = 'S_'\nverbatim = true\n";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

#[test]
fn what_a_format_cannot_hold_is_refused_by_name() {
    let home = Home::new();
    home.config(&format!(
        "{PLAIN}[context.secrets]\nNUL = \"mark\\u0000er\"\nX = 'v'\n'a b' = 'v'\n'1' = 'v'\n'..' = 'v'\n'ü' = 'v'\n\
         '#' = 'v'\nLINES = \"mark\\ner\"\nQ = \"mark'`er\"\nBIG = '{}'\n",
        "m".repeat(1 << 20)
    ));
    let export = |format: &str, names: &[&str]| {
        let mut command = home.command(PROGRAM);
        command.env("S_BYTES", std::ffi::OsStr::from_bytes(b"mark\xffer"));
        command.args(["export", "--format", format, "--"]).args(names).output().unwrap()
    };
    for (format, name, said) in [
        ("shell", "NUL", "holds a NUL"),
        ("shell", "a b", "no name of a variable"),
        ("shell", "1", "no name of a variable"),
        ("shell", "ü", "no name of a variable"),
        ("dotenv", "NUL", "holds a NUL"),
        ("dotenv", "BYTES", "not UTF-8"),
        ("dotenv", "a b", "no name of a variable"),
        ("dotenv", "Q", "run as a command"),
        ("json", "BYTES", "not UTF-8"),
        ("docker-env", "NUL=N", "holds a NUL"),
        ("docker-env", "BYTES=B", "not UTF-8"),
        ("docker-env", "LINES=L", "more than one line"),
        ("docker-env", "X=#", "no name of a variable"),
        ("docker-env", "X=a b", "no name of a variable"),
        ("docker-env", "X=\u{feff}", "no name of a variable"),
        ("k8s", "a b", "no key"),
        ("k8s", "ü", "no key"),
        ("k8s", "..", "no key"),
        ("k8s", "#", "no key"),
    ] {
        let output = export(format, &["X=FINE", name]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{format} {name}");
        let stderr = text(&output.stderr);
        let secret = name.rsplit_once('=').map_or(name, |(name, _)| name);
        assert!(
            stderr.contains(said) && stderr.contains(&format!("(secret {secret:?})")),
            "{stderr}"
        );
        assert!(!stderr.contains("mark") && stderr.lines().count() == 1, "{stderr}");
    }
    assert_eq!(export("k8s", &["BIG"]).status.code(), Some(0));
    let output = export("k8s", &["BIG", "X"]);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("1 MiB"));
    for (format, name) in
        [("json", "NUL"), ("json", "ü"), ("k8s", "NUL"), ("k8s", "1"), ("k8s", "BYTES")]
    {
        assert_eq!(export(format, &[name]).status.code(), Some(0), "{format} {name}");
    }
}

#[test]
fn who_is_exported_is_said_in_any_way_and_wrong_usage_is_told() {
    let home = Home::new();
    home.config("[context.secrets]\nA = '1'\nB = '2'\n'c=d' = '3'\n");
    let export = |arguments: &[&str]| {
        let mut command = home.command(PROGRAM);
        let output = command.arg("export").args(arguments).output().unwrap();
        (output.status.code().unwrap(), text(&output.stdout).to_owned())
    };
    let json = ["--format", "json"];
    let export_json = |arguments: &[&str]| export(&[&json, arguments].concat());
    assert_eq!(export_json(&["A", "--secret", "B=b"]), (0, "{\"A\":\"1\",\"b\":\"2\"}\n".into()));
    assert_eq!(export_json(&["--all"]).1, "{\"A\":\"1\",\"B\":\"2\",\"c=d\":\"3\"}\n");
    assert_eq!(export_json(&["B=X", "--all"]).1, "{\"X\":\"2\",\"A\":\"1\",\"c=d\":\"3\"}\n");
    assert_eq!(export_json(&["--prefect", "A"]).1, format!("{{\"{PREFIX}A\":\"1\"}}\n"));
    assert_eq!(export_json(&["A", "NOPE"]), (3, String::new()));
    for wrong in [&[][..], &["A", "B=A"], &["A="], &["A", "--name", "x"]] {
        assert_eq!(export_json(wrong), (2, String::new()), "{wrong:?}");
    }
    for name in ["A", "a_b", "-a", "a.", "", &"a".repeat(254)] {
        assert_eq!(export(&["--format", "k8s", "--name", name, "A"]).0, 2, "{name}");
    }
    let manifest = export(&["--format", "k8s", "--name", "my-app.v1", "A"]).1;
    assert!(manifest.contains("  name: \"my-app.v1\"\n"), "{manifest}");
    assert_eq!(export(&["A"]).0, 2, "no format");
}

#[test]
fn a_file_is_its_owners_alone_and_put_there_in_one_piece() {
    let home = Home::new();
    home.config("[context.secrets]\nA = 'hunter2'\n");
    let out = home.write("out/secrets.json", "before, and longer than what comes");
    std::fs::set_permissions(&out, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let before = out.metadata().unwrap().ino();
    let export = |file: &Path, name: &str| {
        let mut command = home.command(PROGRAM);
        command.args(["export", "--format", "json", name, "--output"]).arg(file);
        let output = command.current_dir(home.path()).output().unwrap();
        assert!(output.stdout.is_empty());
        output
    };
    assert_eq!(export(&out, "NOPE").status.code(), Some(3));
    assert!(std::fs::read(&out).unwrap().starts_with(b"before"), "nothing was written");
    assert_eq!(export(&out, "A").status.code(), Some(0));
    let after = out.metadata().unwrap();
    assert_eq!(after.mode() & 0o7777, 0o600);
    assert_ne!(after.ino(), before, "a new file took its place");
    assert!(std::fs::read(&out).unwrap() == b"{\"A\":\"hunter2\"}\n");
    assert_eq!(export(Path::new("beside.json"), "A").status.code(), Some(0));
    assert!(home.path().join("beside.json").exists());
    let mut command = home.command("sh");
    command.args([
        "-c",
        "umask 777; exec \"$@\"",
        "sh",
        PROGRAM,
        "export",
        "--format",
        "json",
        "A",
    ]);
    assert!(command.arg("--output").arg(&out).status().unwrap().success());
    assert_eq!(out.metadata().unwrap().mode() & 0o7777, 0o600, "whatever the mask says");

    let link = home.path().join("out/link");
    let target = home.write("target", "mine");
    symlink(&target, &link).unwrap();
    let dangling = home.path().join("out/dangling");
    symlink("nowhere", &dangling).unwrap();
    for (file, said) in [
        (link.as_path(), "symbolic link"),
        (&dangling, "symbolic link"),
        (Path::new("/dev/null"), "no regular file"),
        (home.path(), "no regular file"),
        (Path::new("/nowhere/at/all"), "cannot be written"),
    ] {
        let output = export(file, "A");
        assert_eq!(output.status.code(), Some(1), "{}", file.display());
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
        assert!(!text(&output.stderr).contains(".prefect-secrets"), "{}", text(&output.stderr));
    }
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
    assert!(link.is_symlink() && dangling.is_symlink());
    let left: Vec<_> = std::fs::read_dir(out.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 3, "nothing of ours is left behind");
}

#[test]
fn ctrl_c_leaves_no_file_of_values_behind() {
    let home = Home::new();
    // So much that writing it takes a moment.
    home.config(&format!("[context.secrets]\nA = '{}'\n", "v".repeat(1 << 20)));
    let out = home.write("out/secrets.json", "before");
    let folder = out.parent().unwrap();
    let hidden = || std::fs::read_dir(folder).unwrap().count() - 1;
    let whole = format!("{{\"A\":\"{}\"}}\n", "v".repeat(1 << 20));
    let interrupted = |is_ignored: bool| {
        home.write("out/secrets.json", "before");
        // Who has it ignored, as nohup has SIGHUP, is not stopped by it.
        let script = if is_ignored { "trap '' INT; exec \"$@\"" } else { "exec \"$@\"" };
        let mut command = home.command("sh");
        command.args(["-c", script, "sh", PROGRAM, "export", "--format", "json", "A", "--output"]);
        command.arg(&out);
        let mut child = command.spawn().unwrap();
        // Until the new file is there beside the old one.
        let ended = loop {
            if hidden() > 0 {
                kill_process(Pid::from_child(&child), Signal::INT).unwrap();
                break child.wait().unwrap();
            }
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
        };
        assert_eq!(hidden(), 0, "nothing of ours is left behind");
        let is_before = std::fs::read(&out).unwrap() == b"before";
        assert!(is_before || std::fs::read(&out).unwrap() == whole.as_bytes(), "one of the two");
        (ended, is_before)
    };
    let was_given_up = (0..100).any(|_| {
        let (ended, is_before) = interrupted(false);
        // Else it came when the new file had its place already, or after the end.
        assert!(ended.signal() == Some(2) || (ended.code() == Some(0) && !is_before), "{ended}");
        is_before
    });
    assert!(was_given_up, "a signal came in time");
    let (ended, is_before) = interrupted(true);
    assert_eq!((ended.code(), is_before), (Some(0), false));
}

/// Types `keys` where `export` asks, on a terminal.
fn typed(home: &Home, keys: &str, more: &[&str]) -> Option<serde_json::Value> {
    let python = find("python3")?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terminal.py");
    let mut command = home.command(python);
    command.args([script, "Show them? [y/N] ", keys, PROGRAM, "export", "--format", "json", "A"]);
    let output = command.args(more).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn on_a_terminal_it_asks_before_it_shows_anything() {
    let home = Home::new();
    home.config("[context.secrets]\nA = 'hunter2'\n");
    for (keys, code, shows) in [
        (r"y\r", 0, true),
        (r"YES\r", 0, true),
        (r"x\x7fy\r", 0, true),
        (r"n\r", 1, false),
        (r"\r", 1, false),
        (r"yesterday\r", 1, false),
        (r"\x04", 1, false),
        (r"\x03", -2, false),
        ("SIGTERM", -15, false),
        ("SIGINT", -2, false),
    ] {
        let Some(terminal) = typed(&home, keys, &[]) else { return };
        let shown = terminal["shown"].as_str().unwrap();
        assert_eq!(
            (&terminal["code"], &terminal["restored"]),
            (&code.into(), &true.into()),
            "{keys}"
        );
        assert_eq!(shown.contains("hunter2"), shows, "{keys}");
        assert_eq!(shown.contains("nothing was shown"), code == 1, "{keys}");
    }
    let Some(terminal) = typed(&home, "never asked for", &["--yes"]) else { return };
    assert_eq!(terminal["shown"], "{\"A\":\"hunter2\"}\r\n");
    let Some(terminal) = typed(&home, "never asked for", &["--output", "/dev/null"]) else {
        return;
    };
    assert!(terminal["shown"].as_str().unwrap().contains("no regular file"));
}

/// Where nobody reads, that is said; not a part of a value.
#[test]
fn a_reader_that_is_gone_is_a_failure() {
    let home = Home::new();
    home.config(&format!("[context.secrets]\nA = '{}'\n", "m".repeat(1 << 20)));
    let mut command = home.command(PROGRAM);
    command.args(["export", "--format", "json", "A"]).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("could not be written"), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("mmm"));
}
