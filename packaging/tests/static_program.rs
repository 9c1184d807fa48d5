//! A program that holds everything, the C library too: `cc -static`.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use prefect_secrets_testing::{C, Home, native, skip, workspace};
use support::{Prefix, consumer, found, needed, passes};

/// What `prefect_secrets.h` calls a status that says so.
const UNSUPPORTED: i32 = 6;

/// A home with `examples/plugin_c` as the chain, run as `isolation` says.
fn with_plugin(home: &Home, host: &Path, isolation: &str) {
    let c = C::new();
    let built = c.plugin(&workspace().join("examples/plugin_c/directory.c"), &[]);
    let plugin = home.write("plugin.so", std::fs::read(built).unwrap());
    home.write("secrets/DB_PASSWORD", "hunter2!");
    let directory = home.path().join("secrets");
    home.config(&format!(
        "[secrets]\nchain = [\"p\"]\nplugin_host = {host:?}\n[secrets.providers.p]\n\
         plugin = {plugin:?}\nisolation = {isolation:?}\nconfig.directory = {directory:?}\n"
    ));
}

/// What a program without a dynamic linker can do.
fn works(home: &Home, program: &Path, host: &Path) {
    assert!(!needed(program).contains("NEEDED"), "it asks for no library");
    let mut command = home.command(program);
    found(&command.env("PREFECT__CONTEXT__SECRETS__DB_PASSWORD", "hunter2").output().unwrap());

    with_plugin(home, host, "process");
    assert_eq!(passes(&mut home.command(program)), "8 bytes from p\n");

    with_plugin(home, host, "in-process");
    let output = home.command(program).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(UNSUPPORTED), "{said}");
    assert!(said.contains("statically linked"), "{said}");
}

#[test]
fn with_glibc() {
    let Some(pkg_config) = native::pkg_config() else { return };
    let prefix = Prefix::new("p");
    let c = C::new();
    let empty = c.source("empty.c", "int main(void) { return 0; }\n");
    let mut cc = Command::new("cc");
    let empty = cc.arg("-static").arg(empty).arg("-o").arg(c.folder().join("empty")).output();
    if !empty.unwrap().status.success() {
        return skip("there is no static C library");
    }
    let mut ask = Command::new(pkg_config);
    ask.env("PKG_CONFIG_PATH", prefix.libraries().join("pkgconfig"));
    let flags = passes(ask.args(["--static", "--cflags", "--libs", "prefect_secrets"]));
    let program = prefix.home.path().join("static");
    let mut cc = Command::new("cc");
    cc.arg("-static").arg(consumer().join("main.c")).args(flags.split_whitespace());
    passes(cc.arg("-o").arg(&program));
    works(&prefix.home, &program, &support::built_files().helpers().next().unwrap());
}

#[test]
fn with_musl() {
    let Some(zig) = native::zig() else { return };
    let library = native::musl_library();
    if !library.is_file() {
        return skip("the library was not built for musl; `cargo xtask test` builds it");
    }
    let home = Home::new();
    let program: PathBuf = home.path().join("static");
    let mut cc = native::musl_compiler(&zig);
    cc.arg("-static").arg("-I").arg(workspace().join("include")).arg(consumer().join("main.c"));
    passes(cc.arg(&library).arg("-lunwind").arg("-o").arg(&program));
    works(&home, &program, &support::built_files().helpers().next().unwrap());
}
