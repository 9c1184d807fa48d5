//! `doctor`, as a person or a script meets it.

mod cloud;
mod configuration;
mod files;
mod plugins;
mod report;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use prefect_secrets_testing::{Home, find};
use report::Report;

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");
/// Stands wherever a secret or a key can, and may stand in no output.
const MARKER: &str = "hunter2";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

fn run(command: &mut Command, arguments: &[&str]) -> Output {
    let output = command.arg("doctor").args(arguments).output().expect("the program runs");
    for said in [&output.stdout, &output.stderr] {
        assert!(!text(said).contains(MARKER), "a value is shown");
    }
    output
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn where_nothing_is_configured_nothing_is_broken() {
    let home = Home::new();
    for arguments in [&[][..], &["--strict"], &["--json"]] {
        let output = run(&mut home.command(PROGRAM), arguments);
        assert_eq!(code(&output), Some(0), "{}", text(&output.stdout));
        assert!(!text(&output.stdout).contains('\x1b'), "there is no terminal");
    }
    let report = Report::of(&mut home.command(PROGRAM));
    assert_eq!(report.0["outcome"], "ok");
    assert_eq!(report.one("providers", "env")[0], "ok");
    let [outcome, why, _] = report.one("providers", "cloud");
    assert!(outcome == "skipped" && why.contains("PREFECT_API_URL"), "{why}");
    assert_eq!(report.one("clock", "system clock")[0], "ok");
    assert!(report.one("versions", "program")[1].contains(env!("CARGO_PKG_VERSION")));
    let said = run(&mut home.command(PROGRAM), &[]);
    assert!(text(&said.stdout).ends_with("\nNothing is broken.\n"), "{}", text(&said.stdout));
}

/// A home with a secret wherever one can stand.
fn full(home: &Home) -> Command {
    home.config(&format!(
        "unknown = '{MARKER}'\n[context.secrets]\nX = '{MARKER}'\n\
         [cloud]\napi = 'http://me:{MARKER}@127.0.0.1:1/{MARKER}'\napi_key = '{MARKER}'\ntenant_id = '{MARKER}'\n\
         [secrets]\nchain = ['env', 'toml', 'vault', 'cloud']\nSTRAY = '{MARKER}'\n\
         [secrets.providers.vault]\nplugin = '/nowhere/libvault.so'\nconfig.token = '{MARKER}'\n\
         [secrets.providers.left_out]\nplugin = 'p'\n"
    ));
    home.write(".prefect/auth.toml", format!("['127.0.0.1-1']\napi_key = '{MARKER}\\u0001'\n"));
    let mut command = home.command(PROGRAM);
    let proxy = format!("http://me:{MARKER}@127.0.0.1:1/{MARKER}");
    command
        .env("PREFECT__CONTEXT__SECRETS__E", MARKER)
        .env("PREFECT__CONTEXT__SECRETS__T__M", MARKER);
    command.envs(["http_proxy", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, &proxy)));
    command
}

#[test]
fn no_value_and_no_key_is_ever_shown() {
    let home = Home::new();
    let wrong = [
        ("PREFECT_API_URL", format!("https://me:{MARKER}@h.invalid/api")),
        ("PREFECT_API_URL", format!("{MARKER}://h")),
        ("PREFECT_API_KEY", format!("{MARKER}\n{MARKER}")),
        ("PREFECT_API_AUTH_STRING", format!("me:{MARKER}\r")),
        ("PREFECT_CLIENT_CUSTOM_HEADERS", format!("{{\"X\": {MARKER}}}")),
        ("PREFECT__CLOUD__REQUEST_TIMEOUT", MARKER.into()),
        ("PREFECT__CLOUD__API", format!("http://{MARKER} x")),
        ("PREFECT__CONTEXT__SECRETS", MARKER.into()),
    ];
    // `run` looks for it.
    for (name, value) in
        [None].into_iter().chain(wrong.map(Some)).map(|set| set.unwrap_or(("NONE", String::new())))
    {
        for arguments in [&[][..], &["--json"]] {
            let output = run(full(&home).env(name, &value), arguments);
            assert_eq!(code(&output), Some(1), "{name}: {}", text(&output.stdout));
        }
    }
    // What is sent to somebody is not shown either.
    let mut command = full(&home);
    command.env("PREFECT_API_URL", "http://h.invalid/api").env("PREFECT_API_KEY", MARKER);
    let report = Report::of(&mut command);
    let [outcome, through, _] = report.one("tls", "proxy");
    assert!(outcome == "ok" && through.starts_with("http://127.0.0.1:1/... is asked"), "{through}");
    let [outcome, plain, _] = report.one("tls", "connection");
    assert!(outcome == "warning" && plain.contains("in plain"), "{plain}");
}

/// Colours on a terminal that wants them. Python makes the terminal.
#[test]
fn on_a_terminal_outcomes_have_colours() {
    let Some(python) = find("python3") else { return };
    let home = Home::new();
    home.config("broken");
    let spawn = format!("import pty, sys; sys.exit(pty.spawn([{PROGRAM:?}, 'doctor']))");
    let shown = |no_color: bool| {
        let mut python = home.command(&python);
        python.env("TERM", "xterm").envs(no_color.then_some(("NO_COLOR", "1")));
        let output = python.args(["-c", &spawn]).output().unwrap();
        text(&output.stdout).to_owned()
    };
    let coloured = shown(false);
    assert!(coloured.contains("\x1b[1m\x1b[31mbroken \x1b[0m"), "{coloured:?}");
    assert!(!shown(true).contains('\x1b'));
}

#[test]
fn no_name_or_path_reaches_the_terminal_as_a_command() {
    let home = Home::new();
    home.config("[secrets]\nchain = ['env']\n\"a\\u001b[2Jb\\nc\" = 'v'\n");
    let odd = home.write("odd\x1b[2J\n.toml", "");
    fs::set_permissions(&odd, fs::Permissions::from_mode(0o644)).unwrap();
    let mut command = home.command(PROGRAM);
    let output = run(command.env("PREFECT__BACKEND_CONFIG_PATH", odd), &[]);
    let said = text(&output.stdout);
    assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
    assert!(said.contains("chmod 600 that file"), "no line can hold the path: {said}");
}
