//! The plugin for mounted secrets, in the layouts of those who mount them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use prefect_secrets_testing::{Home, built};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");

/// A home with the plugin in its chain, and an empty directory in it. `config` is the rest of the
/// plugin's table, where MOUNT stands for that directory.
fn case(config: &str) -> (Home, PathBuf) {
    let home = Home::new();
    let mount = home.path().join("mount");
    fs::create_dir(&mount).unwrap();
    let plugin = home.write("mounted.so", fs::read(built().mounted_plugin()).unwrap());
    home.config(&format!(
        "[secrets]\nchain = ['env', 'mounted']\n[secrets.providers.mounted]\nplugin = {plugin:?}\n{}\n",
        config.replace("MOUNT", mount.to_str().unwrap())
    ));
    (home, mount)
}

fn run(command: &mut Command, arguments: &[&str]) -> Output {
    command.args(arguments).output().expect("the program runs")
}

fn get(home: &Home, name: &str) -> Output {
    run(&mut home.command(PROGRAM), &["get", "--", name])
}

/// As Kubernetes mounts a Secret: links to links.
fn kubernetes(mount: &Path, date: &str, value: &str) {
    let dated = mount.join(date);
    fs::create_dir(&dated).unwrap();
    fs::write(dated.join("DB_PASSWORD"), value).unwrap();
    let _ = fs::remove_file(mount.join("..data"));
    symlink(date, mount.join("..data")).unwrap();
    let _ = symlink("..data/DB_PASSWORD", mount.join("DB_PASSWORD"));
}

#[test]
fn a_secret_of_kubernetes_is_found_and_its_next_value_too() {
    let (home, mount) = case("config.directory = 'MOUNT'");
    kubernetes(&mount, "..2026_01_01", "first");
    assert_eq!(get(&home, "DB_PASSWORD").stdout, b"first");
    kubernetes(&mount, "..2026_01_02", "second\n");
    assert_eq!(get(&home, "DB_PASSWORD").stdout, b"second\n", "to the byte");
    let listed = run(&mut home.command(PROGRAM), &["list"]);
    assert_eq!(listed.stdout, b"DB_PASSWORD\tmounted\n");
    for name in ["..data", "..2026_01_02", ".", "NOPE", "", "..data/DB_PASSWORD"] {
        assert_eq!(get(&home, name).status.code(), Some(3), "{name}");
    }
}

#[test]
fn a_credential_of_systemd_is_found_where_its_variable_says() {
    let (home, mount) = case("environment = ['CREDENTIALS_DIRECTORY']");
    fs::write(mount.join("TOKEN"), b"\x00bytes\xff").unwrap();
    let mut command = home.command(PROGRAM);
    let output = run(command.env("CREDENTIALS_DIRECTORY", &mount), &["get", "TOKEN"]);
    assert_eq!(output.stdout, b"\x00bytes\xff");
    // Without that variable it looks where Docker mounts, and nothing is mounted here.
    if !Path::new("/run/secrets").exists() {
        let output = get(&home, "TOKEN");
        assert_eq!(output.status.code(), Some(1), "an outage is no absence");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("mounted: unavailable") && said.contains("not there"), "{said}");
    }
}

#[test]
fn nothing_leads_out_of_the_directory() {
    let outside = Home::new();
    let target = outside.write("outside", "marker");
    let (home, mount) = case("config.directory = 'MOUNT'");
    home.write("beside", "marker");
    symlink(&target, mount.join("absolute")).unwrap();
    symlink("../beside", mount.join("relative")).unwrap();
    symlink(mount.join("../beside"), mount.join("through")).unwrap();
    symlink("/proc/self/environ", mount.join("magic")).unwrap();
    symlink(outside.path(), mount.join("folder")).unwrap();
    symlink("circle", mount.join("circle")).unwrap();
    for name in ["absolute", "relative", "through", "magic", "folder", "circle"] {
        let output = get(&home, name);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("mounted: denied") && said.contains("leads out"), "{name}: {said}");
        assert!(output.stdout.is_empty() && !said.contains("marker"), "{name}");
    }
    for name in ["../beside", "folder/outside", "/etc/passwd", "..", "./absolute"] {
        assert_eq!(get(&home, name).status.code(), Some(3), "{name}");
    }
    symlink("nowhere", mount.join("dangling")).unwrap();
    assert_eq!(get(&home, "dangling").status.code(), Some(3));
    fs::create_dir(mount.join("a-folder")).unwrap();
    assert_eq!(get(&home, "a-folder").status.code(), Some(1));
    assert!(run(&mut home.command(PROGRAM), &["list"]).stdout.is_empty());
}

#[test]
fn a_directory_that_depends_on_where_one_is_is_refused() {
    let (home, _) = case("config.directory = 'mount'");
    let said = String::from_utf8_lossy(&get(&home, "X").stderr).into_owned();
    assert!(said.contains("no absolute path"), "{said}");
}
