//! Who else can read the files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;

use prefect_secrets_testing::{Home, find};

use super::report::Report;
use super::{PROGRAM, run, text};

/// The commands of the warnings about files.
fn commands(report: &Report) -> Vec<String> {
    let checks = report.0["checks"].as_array().unwrap().iter();
    let files = checks.filter(|check| check["area"] == "files" && check["outcome"] == "warning");
    files.map(|check| check["next_step"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn files_that_others_can_read_are_mended_by_the_command_that_is_printed() {
    let Some(sh) = find("sh") else { return };
    let home = Home::new();
    let real =
        home.write("kept 'somewhere' else/$(config).toml", "[context.secrets]\nX = 'hunter2'\n");
    fs::create_dir(home.path().join(".prefect")).unwrap();
    symlink(&real, home.path().join(".prefect/config.toml")).unwrap();
    let auth = home.write(".prefect/auth.toml", "");
    let backend = home.write(".prefect/backend.toml", "");
    let profiles = home.write(".prefect/profiles.toml", "");
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let folder = home.path().join(".prefect");
    for (path, bits) in [
        (&*real, 0o644),
        (&auth, 0o640),
        (&backend, 0o604),
        (&profiles, 0o622),
        (&folder, 0o777),
        (real.parent().unwrap(), 0o775),
    ] {
        mode(path, bits);
    }
    let report = Report::of(&mut home.command(PROGRAM));
    assert_eq!(report.0["outcome"], "warning");
    let [_, what, command] = report.one("files", "config.toml");
    assert!(what.contains("a link to ") && what.contains("can be read by other users"), "{what}");
    assert!(
        command.starts_with("chmod 600 '") && command.contains(r"'\''somewhere'\''"),
        "{command}"
    );
    assert!(report.one("files", "auth.toml")[1].ends_with("can be read by its group"));
    assert!(report.one("files", "profiles.toml")[1].ends_with("can be changed by other users"));
    assert_eq!(report.all("files", "folder").len(), 2);
    // A person sees the same commands.
    let said = run(&mut home.command(PROGRAM), &[]);
    let printed: Vec<_> = text(&said.stdout)
        .lines()
        .filter_map(|line| line.split_once("-> chmod "))
        .map(|(_, c)| c)
        .collect();
    assert_eq!(printed.len(), 6, "{}", text(&said.stdout));

    for command in commands(&report) {
        let output = home.command(&sh).args(["-c", &command]).output().unwrap();
        assert!(output.status.success(), "{command}: {}", text(&output.stderr));
    }
    let report = Report::of(&mut home.command(PROGRAM));
    assert_eq!((commands(&report).len(), &report.0["outcome"]), (0, &"ok".into()), "{}", report.0);
    for role in ["config.toml", "backend.toml", "auth.toml", "profiles.toml"] {
        assert_eq!(report.one("files", role)[0], "ok");
    }
    let mode = fs::metadata(&real).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "the file itself was mended, not the link");
}

/// The folders above decide as well which file is read, and one that is not there yet can be put there.
#[test]
fn folders_above_and_of_no_file_yet_are_looked_at() {
    let home = Home::new();
    home.write("shared/mine/config.toml", "");
    let mode = |folder: &str, mode| {
        let folder = home.path().join(folder);
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    };
    let report = || {
        let mut command = home.command(PROGRAM);
        command.env("PREFECT__USER_CONFIG_PATH", home.path().join("shared/mine/config.toml"));
        Report::of(&mut command)
    };
    assert!(report().all("files", "folder").is_empty());
    mode("shared", 0o777);
    let [outcome, what, command] = report().one("files", "folder").map(str::to_owned);
    assert!(
        outcome == "warning" && what.contains("/shared can be written by other users"),
        "{what}"
    );
    assert!(command.starts_with("chmod go-w '") && command.ends_with("/shared'"), "{command}");
    fs::remove_dir_all(home.path().join("shared")).unwrap();
    fs::create_dir(home.path().join(".prefect")).unwrap();
    mode(".prefect", 0o777);
    let report = Report::of(&mut home.command(PROGRAM));
    assert!(report.one("files", "folder")[1].contains("/.prefect can be written"), "{}", report.0);
}

/// Root can read everything, so it becomes somebody else.
#[test]
fn what_keeps_a_user_from_reading_is_mended_by_the_command_that_is_printed() {
    let Some(sh) = find("sh") else { return };
    let home = Home::new();
    let file = home.config("[context.secrets]\nX = 'hunter2'\n");
    let folder = file.parent().unwrap();
    let program = home.path().join("program");
    fs::copy(PROGRAM, &program).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        for path in [home.path(), folder, &file] {
            chown(path, Some(12_345), None).unwrap();
        }
    }
    let command = |program: &Path| {
        let mut command = home.command(program);
        if is_root {
            command.uid(12_345);
        }
        command
    };
    for (path, closed, mends) in [(&*file, 0o000, "chmod u+r '"), (folder, 0o600, "chmod u+x '")] {
        let before = fs::metadata(path).unwrap().permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(closed)).unwrap();
        let report = Report::of(&mut command(&program));
        let [outcome, what, step] = report.one("configuration", "config.toml");
        assert!(outcome == "broken" && what.contains("Permission denied"), "{what}");
        assert!(
            step.starts_with(mends) && step.ends_with(&format!("{}'", path.display())),
            "{step}"
        );
        assert!(report.all("files", "config.toml").is_empty(), "nobody can read it: {}", report.0);
        assert!(command(&sh).args(["-c", step]).status().unwrap().success(), "{step}");
        let report = Report::of(&mut command(&program));
        assert_eq!(report.one("configuration", "config.toml")[0], "ok");
        assert_eq!(report.one("files", "config.toml")[0], "ok");
        fs::set_permissions(path, before).unwrap();
    }
    if is_root {
        // What is another's is not for this user to change.
        chown(&file, Some(54_321), None).unwrap();
        let report = Report::of(&mut command(&program));
        let [_, _, step] = report.one("configuration", "config.toml");
        assert!(step.starts_with("if it should be yours: sudo chown 12345 '"), "{step}");
    }
}
