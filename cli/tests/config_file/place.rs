//! Which file, whose it is, and who else answers.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use prefect_secrets_testing::Home;

use crate::{PROGRAM, file, is_quiet, program, run, set, text};

#[test]
fn names_that_break_prefect_or_are_set_elsewhere_are_refused() {
    let home = Home::new();
    let before = "[context.secrets]\nY = 'y'\n";
    home.config(before);
    let items = set(&home, "items", "marker");
    assert_eq!(items.status.code(), Some(1));
    assert!(text(&items.stderr).contains("Prefect 1"), "{}", text(&items.stderr));
    for backend in ["[context.secrets]\nX = 'theirs'\n", "[context]\nsecrets = 'none'\n"] {
        home.write(".prefect/backend.toml", backend);
        let output = set(&home, "X", "marker");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("backend.toml") && !said.contains("marker"), "{said}");
        assert_eq!(text(&file(&home)), before);
    }
    home.write(".prefect/backend.toml", "backend = 'cloud'\n");
    for name in ["a.b", "A__B", "a\nb", "'", "--x", "ключ"] {
        assert!(is_quiet(&set(&home, name, "v")), "{name:?}");
        assert!(program(&home, &["get", "--", name], "").stdout == b"v", "{name:?}");
    }
}

#[test]
fn who_is_asked_first_is_told() {
    let home = Home::new();
    for variable in ["PREFECT__CONTEXT__SECRETS__X", "PREFECT__CONTEXT__SECRETS__X__PART"] {
        let mut command = home.command(PROGRAM);
        command.env(variable, "theirs").env("PREFECT__CONTEXT__SECRETS__XY", "another");
        let output = run(&mut command, &["set", "X", "--to", "toml"], b"marker");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains(&format!("{variable} is asked first")), "{said}");
        assert!(!said.contains("__XY") && !said.contains("marker"), "{said}");
        assert!(program(&home, &["get", "X"], "").stdout == b"marker");
    }
    // One that sets the whole table, and one that sets another secret's member.
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__CONTEXT", "{'secrets': {'Y': 1}}");
    let output = run(&mut command, &["set", "X", "--to", "toml"], b"marker");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("PREFECT__CONTEXT is asked first"));
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__CONTEXT__SECRETS__A__B", "of A");
    assert!(is_quiet(&run(&mut command, &["set", "A__B", "--to", "toml"], b"marker")));
    home.config(
        "[secrets]\nchain = ['plain', 'toml']\n[secrets.providers.plain]\nprovider = 'env'\nprefix = ''\n",
    );
    let mut command = home.command(PROGRAM);
    let output = run(command.env("X", "theirs"), &["set", "X", "--to", "toml"], b"marker");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("plain is asked first"), "{}", text(&output.stderr));
    // Who deletes it here still has it there.
    let mut command = home.command(PROGRAM);
    command.env("X", "theirs");
    let output = run(&mut command, &["delete", "X", "--from", "toml"], b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("is deleted, but plain"), "{}", text(&output.stderr));
    home.config("[context.secrets]\nX = 1\n");
    home.write(".prefect/backend.toml", "[context.secrets]\nX = 2\n");
    let output = program(&home, &["delete", "X", "--from", "toml"], "");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("backend.toml sets it too"), "{}", text(&output.stderr));
    // Where the chain does not ask the file there is nothing to write to.
    let before = "[secrets]\nchain = ['env']\n";
    home.config(before);
    let nobody = set(&home, "X", "v");
    assert_eq!(nobody.status.code(), Some(1));
    assert!(text(&nobody.stderr).contains("no provider named \"toml\""));
    assert_eq!(text(&file(&home)), before);
}

#[test]
fn the_file_is_the_one_that_is_read_and_its_owners_alone() {
    let home = Home::new();
    let folder = home.path().join(".prefect");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert!(is_quiet(&set(&home, "X", "v")));
    assert_eq!((mode(&folder), mode(&folder.join("config.toml"))), (0o700, 0o600));
    fs::set_permissions(folder.join("config.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(is_quiet(&set(&home, "X", "w")));
    assert_eq!(mode(&folder.join("config.toml")), 0o600);
    // Another one.
    let path = home.write("elsewhere/my.toml", "# mine\n");
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__USER_CONFIG_PATH", "$HOME/elsewhere/my.toml");
    assert!(is_quiet(&run(&mut command, &["set", "X", "--to", "toml"], b"v")));
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n\n[context.secrets]\nX = \"v\"\n");
    assert_eq!(text(&file(&home)), "[context.secrets]\nX = \"w\"\n");
    // One behind links, which stay.
    let config = folder.join("config.toml");
    fs::remove_file(&config).unwrap();
    std::os::unix::fs::symlink("../elsewhere/link.toml", &config).unwrap();
    std::os::unix::fs::symlink("my.toml", home.path().join("elsewhere/link.toml")).unwrap();
    assert!(is_quiet(&set(&home, "X", "z")));
    assert!(fs::symlink_metadata(&config).unwrap().is_symlink());
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
    assert!(fs::read_to_string(&path).unwrap().ends_with("X = \"z\"\n"));
    // A link to nothing, a folder, and a folder that is not there.
    fs::remove_file(&path).unwrap();
    let nothing = set(&home, "X", "v");
    assert!(text(&nothing.stderr).contains("which is not there"), "{}", text(&nothing.stderr));
    fs::remove_file(&config).unwrap();
    fs::create_dir(&config).unwrap();
    let is_folder = set(&home, "X", "v");
    assert!(text(&is_folder.stderr).contains("no regular file"), "{}", text(&is_folder.stderr));
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__USER_CONFIG_PATH", home.path().join("no/such/config.toml"));
    let nowhere = run(&mut command, &["set", "X", "--to", "toml"], b"v");
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(text(&nowhere.stderr).contains("make its folder first"), "{}", text(&nowhere.stderr));
    // What is read at no such path is not written there.
    for (named, said) in [
        ("new/", "names a folder"),
        ("new.toml/.", "names a folder"),
        ("/", "names a folder"),
        ("", "PREFECT__USER_CONFIG_PATH is empty"),
    ] {
        let mut command = home.command(PROGRAM);
        command.current_dir(home.path()).env("PREFECT__USER_CONFIG_PATH", named);
        let output = run(&mut command, &["set", "X", "--to", "toml"], b"v");
        assert_eq!(output.status.code(), Some(1), "{named}");
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
    assert!(!home.path().join("new").exists() && !home.path().join("new.toml").exists());
}

/// Only root can give a file away, and become somebody else.
#[test]
fn what_belongs_to_others_is_not_written() {
    let home = Home::new();
    let path = home.config("# theirs\n");
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let program = home.path().join("program");
    fs::copy(PROGRAM, &program).unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let folder = home.path().join(".prefect");
    let (mine, others) = (12_345, 54_321);
    let as_user = |arguments: &[&str]| {
        let mut command = home.command(&program);
        command.args(arguments).uid(mine).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let _ = child.stdin.take().expect("a pipe").write_all(b"v");
        let output = child.wait_with_output().expect("it ends");
        (output.status.code(), text(&output.stderr).to_owned())
    };
    let owner = |uid| std::os::unix::fs::chown(&path, Some(uid), None).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    owner(others);
    let set = ["set", "X", "--to", "toml"];
    let (code, said) = as_user(&set);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("belongs to user 54321"), "{said}");
    // A link of theirs, though it leads to a file of mine.
    owner(mine);
    let real = folder.join("real.toml");
    fs::rename(&path, &real).unwrap();
    std::os::unix::fs::symlink("real.toml", &path).unwrap();
    std::os::unix::fs::lchown(&path, Some(others), None).unwrap();
    let (code, said) = as_user(&set);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is a link that belongs to user 54321"), "{said}");
    assert_eq!(fs::read_to_string(&real).unwrap(), "# theirs\n");
    std::os::unix::fs::lchown(&path, Some(mine), None).unwrap();
    assert_eq!(as_user(&set), (Some(0), String::new()));
    // Root writes for its owner, who can go on.
    fs::remove_file(folder.join(".real.toml.lock")).unwrap();
    let mut root: Command = home.command(PROGRAM);
    fs::remove_file(&path).unwrap();
    fs::rename(&real, &path).unwrap();
    root.args(["delete", "--from", "toml", "X"]);
    assert_eq!(root.output().unwrap().status.code(), Some(0));
    assert_eq!(fs::metadata(&path).unwrap().uid(), mine);
    assert_eq!(as_user(&set), (Some(0), String::new()));
}
