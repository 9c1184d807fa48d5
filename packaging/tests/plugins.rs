//! Plugins of an installed library: its program for them and its folder of manifests are found from
//! where it is.

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use prefect_secrets_testing::{C, workspace};
use support::{Prefix, consumer, passes};

/// A prefix with the plugin of `examples/plugin_c` in its folder of plugins, and a home whose chain is
/// that plugin. Nobody says where anything is.
fn with_plugin(prefix: Prefix) -> Prefix {
    let c = C::new();
    let plugin = c.plugin(&workspace().join("examples/plugin_c/directory.c"), &[]);
    let folder = prefix.path.join("lib/prefect-secrets/providers.d");
    fs::copy(plugin, folder.join("libdirectory.so")).unwrap();
    let text = "manifest_version = 1\nid = \"directory-c\"\nlibrary = \"libdirectory.so\"\n";
    fs::write(folder.join("vault.toml"), text).unwrap();
    for name in ["libdirectory.so", "vault.toml"] {
        fs::set_permissions(folder.join(name), Permissions::from_mode(0o644)).unwrap();
    }
    prefix.home.write("secrets/DB_PASSWORD", "hunter2!");
    let directory = prefix.home.path().join("secrets");
    prefix.home.config(&format!(
        "[secrets]\nchain = [\"vault\"]\n[secrets.providers.vault]\nplugin = \"vault\"\n\
         config.directory = {directory:?}\n"
    ));
    prefix
}

/// A C program, linked with the shared library of the prefix.
fn program(prefix: &Prefix) -> PathBuf {
    let program = prefix.home.path().join("program");
    let mut cc = Command::new("cc");
    cc.arg(consumer().join("main.c")).arg("-I").arg(prefix.path.join("include"));
    passes(cc.arg("-L").arg(prefix.libraries()).arg("-lprefect_secrets").arg("-o").arg(&program));
    program
}

/// That the plugin answers, in a process of its own, whose program is the one of this prefix.
fn answers(prefix: &Prefix) {
    let program = program(prefix);
    let output = prefix.run(&program);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said, "8 bytes from vault\n");
    let host = prefix.path.join("libexec/prefect-secrets/prefect-secrets-plugin-host");
    let hidden = host.with_extension("away");
    fs::rename(&host, &hidden).unwrap();
    let output = prefix.run(&program);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("status ") && !output.status.success(), "{said}");
    fs::rename(&hidden, &host).unwrap();

    // The command line finds both from bin/.
    let cli = prefix.path.join("bin/prefect-secrets");
    let list = passes(prefix.home.command(&cli).args(["plugin", "list"]));
    assert!(list.contains("vault\t") && list.contains("\taccepted"), "{list}");
    assert_eq!(passes(prefix.home.command(&cli).args(["get", "DB_PASSWORD"])), "hunter2!");
}

#[test]
fn a_plugin_of_the_prefix_answers_in_a_process_of_its_own() {
    answers(&with_plugin(Prefix::new("opt/x")));
}

#[test]
fn also_when_the_prefix_was_moved() {
    answers(&with_plugin(Prefix::new("first")).moved("with a space/.local"));
}

#[test]
fn also_from_other_folders_for_libraries() {
    answers(&with_plugin(Prefix::with_libdir("p", "lib64")));
    answers(&with_plugin(Prefix::with_libdir("p", "lib/x86_64-linux-gnu")));
}
