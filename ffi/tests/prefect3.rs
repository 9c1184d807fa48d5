//! A real Prefect 3 server, from C.
#![cfg(feature = "cloud")]

mod support;

use prefect_secrets_testing::prefect3::{self, Setup};
use prefect_secrets_testing::{Home, Prefect3, find, workspace};
use support::{look_for, marker, passes, passes_with, program};

/// The server that is asked for most: a password, and tokens against forged requests.
fn guarded() -> Option<Prefect3> {
    let setup = Setup {
        auth_string: Some("me:password-of-the-tests-4kQ9"),
        csrf_seconds: Some(3600),
        ..Setup::default()
    };
    Prefect3::start(&setup)
}

#[test]
fn a_c_host_writes_reads_forks_and_deletes() {
    let Some(server) = guarded() else { return };
    let (home, host) = (Home::new(), program("prefect3"));
    // SQLite lets one writer in at a time, and a child writes beside its parent.
    let waits = (1..=20).map(|i| (20 * i).to_string()).collect::<Vec<_>>().join(", ");
    home.config(&format!("[secrets.providers.cloud]\nretry_waits_ms = [{waits}]\n"));
    let run = |what: &str| {
        let mut command = home.command(host.path());
        passes(command.envs(server.variables()).arg(what));
    };
    let names = ["from-c-text", "from-c-object", "from-c-empty"];
    run("write");
    let found: serde_json::Value = serde_json::from_str(&server.python("load.py", &names)).unwrap();
    assert!(found["from-c-text"] == "from C\0with a NUL");
    assert!(found["from-c-object"]["e"] == serde_json::json!({}));
    assert!(found["from-c-empty"] == "");
    run("fork");
    run("delete");
    assert_eq!(server.python("load.py", &names), "{}");
}

#[test]
fn after_release_and_close_no_copy_is_left() {
    let Some(server) = guarded() else { return };
    let (home, scan) = (Home::new(), program("scan"));
    let value = marker("prefect-3");
    server.keep(&[("in-cloud", &value)]);
    // As it goes over the wire.
    let auth = "bWU6cGFzc3dvcmQtb2YtdGhlLXRlc3RzLTRrUTk=";
    let mut command = home.command(scan.path());
    command.envs(server.variables());
    look_for(&mut command, "IN_CLOUD", &value);
    look_for(&mut command, "KEY_BASIC", auth);
    passes(&mut command);
}

/// A person types a secret into the server's own web page, in a real browser; the C host reads it.
/// What the browser shows in the end is kept in `target/screenshots`. Only with the instruments: a
/// browser is a Debian package.
#[test]
fn what_a_person_types_into_the_web_page_is_read_by_the_c_host() {
    if std::env::var_os("PREFECT_SECRETS_INSTRUMENTS").is_none() {
        return;
    }
    let Some(server) = Prefect3::start(&Setup { ui: true, ..Setup::default() }) else { return };
    let (Some(_), Some(_)) = (find("chromium"), find("chromedriver")) else { return };
    let pictures = workspace().join("target/screenshots");
    std::fs::create_dir_all(&pictures).unwrap();
    let picture = pictures.join("prefect3-page.png");
    let _ = std::fs::remove_file(&picture);
    let value = "a Pässword ☃ {\"x\": 1}";
    let (name, browser) = ("typed-by-hand", Home::new());
    let mut page = browser.command(prefect3::browser().join("bin/python"));
    let address = server.address().trim_end_matches("/api");
    page.arg(prefect3::script("page.py")).arg(address).arg(&picture);
    let typed = serde_json::json!({ name: value }).to_string();
    passes_with(&mut page, typed.as_bytes());
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));

    let (home, host) = (Home::new(), program("prefect3"));
    let mut command = home.command(host.path());
    command.envs(server.variables()).args(["equals", "TYPED_BY_HAND"]);
    passes_with(&mut command, value.as_bytes());
}
