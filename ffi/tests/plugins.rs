//! Plugins that are refused, as a C host meets them.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use prefect_secrets_testing::{C, Home, workspace};
use support::{env_secret, passes, program};

/// Asks a chain of env and the plugin that `prepare` makes; `why` stands in its load trace.
fn refused(why: &str, prepare: impl FnOnce(&Home, &C) -> String) {
    let (home, c) = (Home::new(), C::new());
    let plugin = prepare(&home, &c);
    home.config(&format!(
        "[secrets]\nchain = ['env', 'p']\n[secrets.providers.p]\nplugin = {plugin:?}\n\
         config.directory = '/tmp'\n"
    ));
    let program = program("refused");
    passes(env_secret(&mut home.command(program.path()), "LOCAL", "here").args(["p", why]));
}

fn directory_plugin(home: &Home, c: &C) -> std::path::PathBuf {
    let source = workspace().join("examples/plugin_c/directory.c");
    let built = c.plugin(&source, &[]);
    home.write("plugins/directory.so", fs::read(built).unwrap())
}

fn said(path: std::path::PathBuf) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn one_that_everybody_can_write() {
    refused("chmod go-w", |home, c| {
        let plugin = directory_plugin(home, c);
        fs::set_permissions(&plugin, fs::Permissions::from_mode(0o666)).unwrap();
        said(plugin)
    });
}

#[test]
fn one_in_a_folder_that_everybody_can_write() {
    refused("chmod go-w", |home, c| {
        let plugin = directory_plugin(home, c);
        let folder = plugin.parent().unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
        said(plugin)
    });
}

#[test]
fn one_of_another_major() {
    refused("major", |home, c| {
        let source = c.source("two.c", "const void *prefect_secrets_provider_v2(void);\n\
             __attribute__((visibility(\"default\"))) const void *prefect_secrets_provider_v2(void)\n\
             { return (const void *)0; }\n");
        said(home.write("two.so", fs::read(c.plugin(&source, &[])).unwrap()))
    });
}

#[test]
fn one_that_is_not_there() {
    refused("/nowhere/p.so", |_, _| "/nowhere/p.so".into());
}
