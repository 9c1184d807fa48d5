//! Who else can read the files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
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
