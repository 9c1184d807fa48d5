//! `config show` and `config path`.

use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::{Command, Output};

use prefect_secrets_testing::{Home, find};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");
/// Stands wherever a secret can, and may stand in no output.
const MARKER: &str = "hunter2";

fn run(command: &mut Command, arguments: &[&str]) -> Output {
    command.args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

fn json(command: &mut Command, arguments: &[&str]) -> serde_json::Value {
    let output = run(command, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

/// A home where a secret stands everywhere that it can, harmless settings beside it.
fn full(home: &Home) -> Command {
    home.config(&format!(
        "backend = 'cloud'\nunknown = '{MARKER}'\n\
         [context.secrets]\nIN_FILE = '{MARKER}'\nTABLE = {{a = '{MARKER}'}}\n'odd name' = '{MARKER}'\n\
         [cloud]\napi = 'https://me:{MARKER}@api.example.com/{MARKER}?k={MARKER}'\napi_key = '{MARKER}'\n\
         request_timeout = 5\ntenant_id = '{MARKER}'\nagent.auth_token = '{MARKER}'\n\
         [secrets]\nchain = ['env', 'toml', 'vault', 'cloud']\nSTRAY = '{MARKER}'\n\
         [secrets.providers.vault]\nplugin = '/opt/vault/libvault.so'\non_error = 'continue'\ntimeout_ms = 250\n\
         isolation = 'process'\nenvironment = ['VAULT_ADDR']\nconfig.address = 'https://{MARKER}'\n\
         config.deep.token = '{MARKER}'\nconfig.timeout_ms = '{MARKER}'\n"
    ));
    home.write(".prefect/backend.toml", format!("[context.secrets]\nIN_BACKEND = '{MARKER}'\n"));
    home.write(".prefect/auth.toml", format!("['api.example.com']\napi_key = '{MARKER}'\n"));
    home.write(
        ".prefect/profiles.toml",
        format!(
            "active = 'own'\n[profiles.own]\nPREFECT_API_URL = 'http://127.0.0.1:4200/api'\n\
             PREFECT_API_KEY = '{MARKER}'\nPREFECT_API_AUTH_STRING = 'me:{MARKER}'\n\
             PREFECT_CLIENT_CUSTOM_HEADERS = '{{\"X\": \"{MARKER}\"}}'\n"
        ),
    );
    let mut command = home.command(PROGRAM);
    command
        .env("PREFECT__CONTEXT__SECRETS__IN_ENV", MARKER)
        .env("PREFECT__CONTEXT__SECRETS__PARTS__B", MARKER)
        .env("PREFECT__SERVER__DATABASE__PASSWORD", MARKER)
        .env("PREFECT_API_DATABASE_CONNECTION_URL", format!("postgresql://me:{MARKER}@h/d"))
        .env("PREFECT_API_KEY", MARKER)
        .env("HTTPS_PROXY", format!("http://me:{MARKER}@proxy:3128"));
    command
}

#[test]
fn what_is_set_is_shown_with_its_place_and_no_value_that_may_be_secret() {
    let home = Home::new();
    let output = run(&mut full(&home), &["config", "show"]);
    let said = text(&output.stdout);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert!(!said.contains(MARKER), "a value is shown");
    assert!(!said.contains('\x1b'), "there is no terminal");
    let config = home.path().join(".prefect/config.toml").display().to_string();
    let row = |name: &str, value: &str, place: &str| {
        let fits = |line: &str| {
            let rest = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
            let rest = rest.and_then(|rest| rest.trim_start().strip_prefix(value));
            rest.is_some_and(|rest| rest.trim_start() == place)
        };
        assert!(said.lines().any(fits), "{name} {value} {place}: {said}");
    };
    row("backend", "cloud", &config);
    row("unknown", "hidden", &config);
    row("api", "https://api.example.com/... (a part is hidden)", &config);
    row("api_key", "hidden", &config);
    row("auth_token", "hidden", &config);
    row("request_timeout", "5", &config);
    row("IN_FILE", "hidden", &config);
    row("TABLE", "hidden", &config);
    row("\"odd name\"", "hidden", &config);
    row("IN_BACKEND", "hidden", &home.path().join(".prefect/backend.toml").display().to_string());
    row("IN_ENV", "hidden", "environment variable PREFECT__CONTEXT__SECRETS__IN_ENV");
    row("PARTS", "hidden", "environment variable PREFECT__CONTEXT__SECRETS__PARTS__B");
    row("password", "hidden", "environment variable PREFECT__SERVER__DATABASE__PASSWORD");
    row("chain", "[\"env\",\"toml\",\"vault\",\"cloud\"]", &config);
    row("STRAY", "hidden", &config);
    row("plugin", "/opt/vault/libvault.so", &config);
    row("on_error", "continue", &config);
    row("isolation", "process", &config);
    row("environment", "[\"VAULT_ADDR\"]", &config);
    row("address", "hidden", &config);
    row("token", "hidden", &config);
    row("timeout_ms", "250", &config);
    row("timeout_ms", "hidden", &config);
    let profile =
        format!("profile \"own\" of {}", home.path().join(".prefect/profiles.toml").display());
    row("active", &profile, "");
    row("PREFECT_API_URL", "http://127.0.0.1:4200/api", &profile);
    row("PREFECT_API_AUTH_STRING", "hidden", &profile);
    row("PREFECT_CLIENT_CUSTOM_HEADERS", "hidden", &profile);
    row("PREFECT_API_KEY", "hidden", "environment variable PREFECT_API_KEY");
    row(
        "PREFECT_API_DATABASE_CONNECTION_URL",
        "hidden",
        "environment variable PREFECT_API_DATABASE_CONNECTION_URL",
    );
    let heads: Vec<_> = said.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(
        heads,
        [
            "[cloud]",
            "[cloud.agent]",
            "[context.secrets]",
            "[secrets]",
            "[secrets.providers.vault]",
            "[secrets.providers.vault.config]",
            "[secrets.providers.vault.config.deep]",
            "[server.database]",
            "[Prefect 3]",
        ]
    );
    // Prefect has defaults for these; nobody set them.
    assert!(!said.contains("heartbeat") && !said.contains("hasura"), "{said}");
}

#[test]
fn as_json_it_says_the_same() {
    let home = Home::new();
    let output = run(&mut full(&home), &["config", "show", "--json"]);
    assert!(!text(&output.stdout).contains(MARKER), "a value is shown");
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["version"], 1);
    let find = |all: &serde_json::Value, name: &str| {
        let all = all.as_array().unwrap();
        let found = all.iter().find(|one| one["name"] == name);
        found.unwrap_or_else(|| panic!("there is no {name}")).clone()
    };
    let timeout = find(&shown["settings"], "cloud.request_timeout");
    assert_eq!((&timeout["value"], &timeout["hidden"]), (&"5".into(), &false.into()));
    assert_eq!(timeout["path"], serde_json::json!(["cloud", "request_timeout"]));
    let key = find(&shown["settings"], "cloud.api_key");
    assert!(key["value"].is_null() && key["hidden"] == true);
    let secret = find(&shown["secrets"], "IN_ENV");
    assert_eq!(secret["provider"], "env");
    assert_eq!(secret["place"], "environment variable PREFECT__CONTEXT__SECRETS__IN_ENV");
    let url = find(&shown["prefect_3"]["settings"], "PREFECT_API_URL");
    assert_eq!(url["value"], "http://127.0.0.1:4200/api");
    assert!(shown["prefect_3"]["profile"].as_str().unwrap().starts_with("profile \"own\" of /"));
}

/// A setting that is harmless itself may be made of one that is not.
#[test]
fn what_refers_to_a_secret_is_hidden_whatever_it_is_called() {
    let home = Home::new();
    home.config(&format!(
        "home_dir = '${{context.secrets.X}}'\n[context.secrets]\nX = '/{MARKER}'\nHOST = '{MARKER}.io'\nN = '0042'\n\
         [cloud]\napi = 'https://${{context.secrets.HOST}}'\nrequest_timeout = '$NUMBER'\n\
         [secrets.providers.v]\nplugin = '${{context.secrets.X}}'\nprefix = '$WORD'\n\
         timeout_ms = '${{context.secrets.N}}'\n"
    ));
    let command = || {
        let mut command = home.command(PROGRAM);
        command.env("NUMBER", "84729470042").env("WORD", MARKER);
        // A backslash hides the dollar.
        command.env("PREFECT__CLOUD__ENDPOINT", "'http://\\x24WORD'");
        command
    };
    for arguments in
        [&["config", "show"][..], &["config", "show", "--json"], &["config", "path", "--json"]]
    {
        let output = run(&mut command(), arguments);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let said = text(&output.stdout);
        assert!(!said.contains(MARKER) && !said.contains("84729470042"), "{arguments:?}");
    }
    let shown = json(&mut command(), &["config", "show", "--json"]);
    let settings = shown["settings"].as_array().unwrap();
    assert_eq!(settings.len(), 7);
    assert!(settings.iter().all(|set| set["hidden"] == true), "{settings:?}");
}

#[test]
fn where_nothing_is_set_nothing_is_shown() {
    let home = Home::new();
    let output = run(&mut home.command(PROGRAM), &["config", "show"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).starts_with("Nothing is set."), "{}", text(&output.stdout));
    let shown = json(&mut home.command(PROGRAM), &["config", "show", "--json"]);
    assert_eq!(shown["settings"], serde_json::json!([]));
}

#[test]
fn what_is_broken_is_a_failure_that_shows_nothing() {
    let home = Home::new();
    home.config(&format!("[context.secrets]\nX = {MARKER}\n"));
    let output = run(&mut home.command(PROGRAM), &["config", "show"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    let said = text(&output.stderr);
    assert!(said.contains("config.toml is not TOML at line 2") && !said.contains(MARKER), "{said}");
    // One that only Prefect 3 reads leaves the rest to be shown.
    home.config("backend = 'cloud'\n");
    home.write(".prefect/profiles.toml", "[broken");
    let output = run(&mut home.command(PROGRAM), &["config", "show"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("backend  cloud"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("profiles.toml is not TOML"), "{}", text(&output.stderr));
}

#[test]
fn no_name_or_place_reaches_the_terminal_as_a_command() {
    let home = Home::new();
    home.config(
        "[context.secrets]\n\"a\\u001b[2Jb\\nc\" = 'v'\n[\"x\\u001by\"]\n\"k\\u0007\" = 1\n",
    );
    let output = run(&mut home.command(PROGRAM), &["config", "show"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
    assert!(said.contains("\"a\\u{1b}[2Jb\\nc\""), "{said}");
}

#[test]
fn the_path_is_printed_to_the_byte() {
    let home = Home::new();
    let output = run(&mut home.command(PROGRAM), &["config", "path"]);
    assert_eq!(output.status.code(), Some(0));
    let path = home.path().join(".prefect/config.toml");
    assert_eq!(
        output.stdout,
        [path.as_os_str().as_bytes(), b"\n"].concat(),
        "though it is not there"
    );
    let odd = std::ffi::OsString::from_vec(b"/nowhere/a b\xff.toml".to_vec());
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__USER_CONFIG_PATH", &odd);
    assert_eq!(run(&mut command, &["config", "path"]).stdout, b"/nowhere/a b\xff.toml\n");
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__USER_CONFIG_PATH", "~/$SUB/c.toml").env("SUB", "deep");
    let expanded = home.path().join("deep/c.toml").display().to_string() + "\n";
    assert_eq!(text(&run(&mut command, &["config", "path"]).stdout), expanded);
    let mut command = home.command(PROGRAM);
    let output = run(command.env("PREFECT__USER_CONFIG_PATH", ""), &["config", "path"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("PREFECT__USER_CONFIG_PATH"), "{}", text(&output.stderr));
}

#[test]
fn every_file_is_told_with_what_moved_it() {
    let home = Home::new();
    let config = home.config("home_dir = '/else'\n");
    let files = |variables: &[(&str, &str)]| {
        let mut command = home.command(PROGRAM);
        let said = json(command.envs(variables.iter().copied()), &["config", "path", "--json"]);
        assert_eq!(said["version"], 1);
        said["files"].as_array().unwrap().clone()
    };
    let here = files(&[]);
    let roles: Vec<_> = here.iter().map(|file| file["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["config.toml", "backend.toml", "auth.toml", "profiles.toml"]);
    assert_eq!(
        (&here[0]["exists"], &here[0]["moved_by"]),
        (&true.into(), &serde_json::Value::Null)
    );
    assert_eq!(here[1]["exists"], false);
    assert_eq!(here[2]["path"], "/else/auth.toml");
    assert_eq!(here[2]["moved_by"], format!("home_dir ({})", config.display()));
    let moved = files(&[
        ("PREFECT__USER_CONFIG_PATH", "/a.toml"),
        ("PREFECT__BACKEND_CONFIG_PATH", "/b.toml"),
        ("PREFECT_HOME", "/p"),
    ]);
    for (file, path, by) in [
        (&moved[0], "/a.toml", "PREFECT__USER_CONFIG_PATH"),
        (&moved[1], "/b.toml", "PREFECT__BACKEND_CONFIG_PATH"),
        (&moved[3], "/p/profiles.toml", "PREFECT_HOME"),
    ] {
        assert_eq!((&file["path"], &file["moved_by"]), (&path.into(), &by.into()));
    }
    // A broken file hides where another one is, and nothing else.
    home.config("broken");
    let broken = files(&[]);
    assert_eq!(broken[0]["exists"], true);
    assert!(broken[2]["path"].is_null());
}

#[test]
fn each_command_has_its_help_with_examples() {
    let home = Home::new();
    for arguments in
        [&["config", "show", "--help"][..], &["config", "path", "--help"], &["doctor", "--help"]]
    {
        let output = run(&mut home.command(PROGRAM), arguments);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("Examples:"), "{arguments:?}");
    }
    assert_eq!(run(&mut home.command(PROGRAM), &["config"]).status.code(), Some(2));
}

/// Colours on a terminal, and the same text.
#[test]
fn on_a_terminal_what_is_hidden_is_faint() {
    let Some(python) = find("python3") else { return };
    let home = Home::new();
    home.config("[context.secrets]\nX = 'v'\n");
    let spawn = format!("import pty, sys; sys.exit(pty.spawn([{PROGRAM:?}, 'config', 'show']))");
    let shown = |no_color: bool| {
        let mut python = home.command(&python);
        python.env("TERM", "xterm").envs(no_color.then_some(("NO_COLOR", "1")));
        text(&run(&mut python, &["-c", &spawn]).stdout).to_owned()
    };
    assert!(shown(false).contains("\x1b[2mhidden\x1b[0m"), "{:?}", shown(false));
    assert!(!shown(true).contains('\x1b'), "{:?}", shown(true));
}
