//! Files, and what stands in them.

use prefect_secrets_testing::Home;

use super::report::Report;
use super::{MARKER, PROGRAM, code, run};

#[test]
fn a_broken_file_is_told_with_its_place_and_stops_nothing_else() {
    let home = Home::new();
    home.config(&format!("[context.secrets]\nX = {MARKER}\n"));
    home.write(".prefect/backend.toml", "also broken");
    home.write(".prefect/profiles.toml", "[profiles\n");
    let report = Report::of(&mut home.command(PROGRAM));
    for (role, place) in [
        ("config.toml", "line 2, column 5"),
        ("backend.toml", "line 1, column 6"),
        ("profiles.toml", "line 1, column 10"),
    ] {
        let [outcome, what, next] = report.one("configuration", role);
        assert!(outcome == "broken" && what.contains(place) && next.contains("mend"), "{what}");
        assert_eq!(report.one("files", role)[0], "ok");
    }
    assert_eq!(report.one("providers", "chain")[0], "skipped");
    assert_eq!(report.one("versions", "provider ABI")[1], "1.0");
}

#[test]
fn faults_of_the_secrets_table_are_told() {
    let home = Home::new();
    let of = |config: &str| {
        home.config(config);
        Report::of(&mut home.command(PROGRAM))
    };
    let report = of("[secrets]\nchain = ['env', 'nobody']\n");
    let [outcome, what, next] = report.one("configuration", "[secrets]");
    assert!(
        outcome == "broken" && what.contains("\"nobody\"") && next.contains("plugin"),
        "{what}"
    );
    let report = of(&format!("context = '{MARKER}'\n"));
    let [outcome, what, next] = report.one("configuration", "[context]");
    assert!(outcome == "warning" && what.contains("is no table"), "{what}");
    assert!(next.contains("[context.secrets]"), "{next}");
    let report = of(&format!(
        "[secrets]\nchain = ['env']\nPASSWORD = '{MARKER}'\n[secrets.providers.toml]\nverbatim = true\n"
    ));
    let found = report.all("configuration", "[secrets]");
    assert!(found.iter().all(|[outcome, ..]| *outcome == "warning"), "{found:?}");
    assert!(found[0][1].contains("\"PASSWORD\"") && found[0][2].contains("[context.secrets]"));
    assert!(found[1][1].contains("\"toml\"") && found[1][1].contains("not in the chain"));
    // Warnings count where that is wanted.
    assert_eq!(code(&run(&mut home.command(PROGRAM), &[])), Some(0));
    assert_eq!(code(&run(&mut home.command(PROGRAM), &["--strict"])), Some(1));
    // What a variable breaks is no file's fault.
    home.config("");
    let deep = format!("PREFECT__{}", "A__".repeat(80));
    let report = Report::of(home.command(PROGRAM).env(deep, "x"));
    assert!(report.one("configuration", "environment")[1].contains("nests deeper"));
}

#[test]
fn what_moved_a_file_is_told() {
    let home = Home::new();
    let elsewhere = home.write("elsewhere.toml", "[context.secrets]\nX = 'v'\nY = 'v'\n");
    let mut command = home.command(PROGRAM);
    command
        .env("PREFECT__USER_CONFIG_PATH", &elsewhere)
        .env("PREFECT__BACKEND_CONFIG_PATH", "/nowhere");
    let report = Report::of(command.env("PREFECT_PROFILES_PATH", home.path()));
    let [outcome, what, _] = report.one("configuration", "config.toml");
    assert!(outcome == "ok" && what.ends_with("moved by PREFECT__USER_CONFIG_PATH"), "{what}");
    let [outcome, what, _] = report.one("configuration", "backend.toml");
    assert!(outcome == "warning" && what.contains("/nowhere is not there"), "{what}");
    let [outcome, what, next] = report.one("configuration", "profiles.toml");
    assert!(outcome == "warning" && what.contains("no regular file"), "{what}");
    // Nobody is told to take away what others may need.
    assert_eq!(next, "correct PREFECT_PROFILES_PATH: it is to lead to a file");
    assert!(report.one("providers", "toml")[1].starts_with("loaded, 2 names"));
    let mut command = home.command(PROGRAM);
    let report =
        Report::of(command.env("PREFECT__USER_CONFIG_PATH", "").env("PREFECT_HOME", "here"));
    assert_eq!(report.one("configuration", "config.toml")[0], "warning");
    let [outcome, what, _] = report.one("configuration", "profiles.toml");
    assert!(outcome == "broken" && what.contains("PREFECT_HOME"), "{what}");
}

#[test]
fn a_secret_that_cannot_be_had_is_named() {
    let home = Home::new();
    let mut command = home.command(PROGRAM);
    let bytes = std::os::unix::ffi::OsStringExt::from_vec(b"hunter2\xff".to_vec());
    let bytes: std::ffi::OsString = bytes;
    let report = Report::of(command.env("PREFECT__CONTEXT__SECRETS__X__M", bytes));
    let [outcome, what, _] = report.one("providers", "env");
    assert!(outcome == "broken" && what.starts_with("\"X\" cannot be had"), "{what}");
    home.config("[context]\nsecrets = 'hunter2'\n");
    let report = Report::of(&mut home.command(PROGRAM));
    let [outcome, what, _] = report.one("providers", "toml");
    assert!(outcome == "broken" && what.contains("is no table"), "{what}");
}

/// The home directory is no secret, what another variable holds may be.
#[test]
fn a_folder_in_the_home_directory_is_looked_at_whatever_it_is_written_as() {
    let home = Home::new();
    home.write("kept/auth.toml", "");
    for written in ["$HOME/kept", "~/kept"] {
        home.config(&format!("home_dir = '{written}'\n"));
        let report = Report::of(&mut home.command(PROGRAM));
        let [outcome, what, _] = report.one("configuration", "auth.toml");
        assert!(outcome == "ok" && what.contains("/kept/auth.toml is read"), "{written}: {what}");
        assert_eq!(report.one("files", "auth.toml")[0], "ok");
    }
    for written in ["$HOME2", "$HOME/$X", "${context.secrets.X}"] {
        home.config(&format!("home_dir = '{written}'\n[context.secrets]\nX = '/{MARKER}'\n"));
        let mut command = home.command(PROGRAM);
        let report = Report::of(command.env("HOME2", format!("/{MARKER}")).env("X", MARKER));
        let [outcome, what, _] = report.one("configuration", "auth.toml");
        assert!(outcome == "skipped" && what.contains("not looked at"), "{written}: {what}");
    }
}
