//! `cc` with `pkg-config`, from a fresh prefix.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_testing::native;
use support::{Prefix, consumer, found, needed, passes};

/// Every `pkg-config` here: the one that the tests set up, and the machine's own if it has one.
fn programs() -> Vec<PathBuf> {
    let Some(ours) = native::pkg_config() else { return Vec::new() };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let machines = std::env::split_paths(&path).map(|folder| folder.join("pkg-config"));
    std::iter::once(ours).chain(machines.filter(|file| file.is_file()).take(1)).collect()
}

fn ask(program: &Path, prefix: &Prefix, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).env_remove("PKG_CONFIG_SYSROOT_DIR");
    command.env("PKG_CONFIG_PATH", prefix.libraries().join("pkgconfig"));
    passes(&mut command).trim().to_owned()
}

/// Compiles with what `pkg-config` says, read by a shell as a makefile's line is.
fn compile(prefix: &Prefix, compiler: &[&str], source: &Path, flags: &str, name: &str) -> PathBuf {
    let program = prefix.home.path().join(name);
    let mut sh = Command::new("sh");
    sh.args(["-ec", "out=$1 in=$2 flags=$3; shift 3; eval \"set -- \\\"\\$@\\\" \\\"\\$in\\\" $flags\"; \"$@\" -o \"$out\""]);
    sh.arg("sh").arg(&program).arg(source).arg(flags).args(compiler);
    passes(&mut sh);
    program
}

fn every_way(prefix: &Prefix) {
    for (round, pkg_config) in programs().iter().enumerate() {
        let ask = |arguments: &[&str]| ask(pkg_config, prefix, arguments);
        let cc = ["cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
        let source = consumer().join("main.c");

        let flags = ask(&["--cflags", "--libs", "prefect_secrets"]);
        let program = compile(prefix, &cc, &source, &flags, &format!("shared{round}"));
        assert!(needed(&program).contains("[libprefect_secrets.so.0]"));
        found(&prefix.run(&program));

        let flags = ask(&["--cflags", "--libs", "prefect_secrets-static"]);
        let program = compile(prefix, &cc, &source, &flags, &format!("static{round}"));
        assert!(!needed(&program).contains("libprefect_secrets"), "the program holds it");
        found(&prefix.run(&program));

        assert_eq!(ask(&["--modversion", "prefect_secrets"]), env!("CARGO_PKG_VERSION"));
        let plugins = ask(&["--variable=plugindir", "prefect_secrets"]).replace('\\', "");
        assert_eq!(
            Path::new(&plugins).canonicalize().unwrap(),
            prefix.path.join("lib/prefect-secrets/providers.d").canonicalize().unwrap(),
        );
    }
}

#[test]
fn shared_and_static() {
    every_way(&Prefix::new("opt/x"));
}

#[test]
fn from_a_prefix_that_was_moved() {
    every_way(&Prefix::new("first").moved("elsewhere/second"));
}

#[test]
fn from_a_prefix_with_a_space() {
    every_way(&Prefix::new("with a space"));
}

#[test]
fn from_other_folders_for_libraries() {
    every_way(&Prefix::with_libdir("p", "lib64"));
    every_way(&Prefix::with_libdir("p", "lib/x86_64-linux-gnu"));
}

#[test]
fn every_installed_header_alone_and_the_c_header_in_cpp() {
    let prefix = Prefix::new("p");
    let mut seen = 0;
    for header in std::fs::read_dir(prefix.path.join("include")).unwrap() {
        let header = header.unwrap().path();
        let cpp = header.extension().unwrap() == "hpp";
        let compilers: &[&[&str]] = if cpp {
            &[&["c++", "-std=c++17"], &["c++", "-std=c++20"]]
        } else {
            &[
                &["cc", "-std=c99"],
                &["cc", "-std=c11"],
                &["c++", "-std=c++11"],
                &["c++", "-std=c++17"],
                &["c++", "-std=c++20"],
            ]
        };
        for compiler in compilers {
            let language = if compiler[0] == "cc" { "c" } else { "c++" };
            let mut command = Command::new(compiler[0]);
            command.args(&compiler[1..]).args(["-x", language, "-fsyntax-only", "-include"]);
            passes(command.arg(&header).args(["-Wall", "-Wextra", "-Werror", "/dev/null"]));
        }
        seen += 1;
    }
    assert!(seen >= 2, "two headers at least");
    // And linked, by a compiler of C++.
    let Some(pkg_config) = native::pkg_config() else { return };
    let source = prefix.home.write("main.cc", std::fs::read(consumer().join("main.c")).unwrap());
    for package in ["prefect_secrets", "prefect_secrets-static"] {
        let flags = ask(&pkg_config, &prefix, &["--cflags", "--libs", package]);
        found(&prefix.run(&compile(&prefix, &["c++", "-std=c++17"], &source, &flags, package)));
    }
}
