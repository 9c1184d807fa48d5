//! No copy of a value is left in memory.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::{C, Home, built, workspace};
use support::{env_secret, look_for, marker, passes, program, with_cloud};

#[test]
fn after_release_and_close_no_copy_is_left() {
    let (home, scan) = (Home::new(), program("scan"));
    let cloud =
        StandIn::start(Secrets::new().with("IN_CLOUD", format!("{:?}", marker("cloud")))).unwrap();
    // A file of some length, so that it is read in more than one piece if at all.
    let filler = "# a comment that makes the file longer\n".repeat(500);
    let c = C::new();
    let c_plugin = c.plugin(&workspace().join("examples/plugin_c/directory.c"), &["-O2"]);
    home.config(&format!(
        "{filler}[context.secrets]\nIN_TOML = {toml:?}\n\n\
         [secrets]\nchain = [\"env\", \"toml\", \"c\", \"rust\", \"cloud\"]\n\n\
         [secrets.providers.c]\n{c}\n[secrets.providers.rust]\n{rust}\n",
        toml = marker("toml"),
        c = plugin(&home, "c", &c_plugin, "IN_C_PLUGIN"),
        rust = plugin(&home, "rust", &built().rust_plugin(), "IN_RUST_PLUGIN"),
    ));

    let mut command = home.command(scan.path());
    env_secret(with_cloud(&mut command, &cloud), "IN_ENV", &marker("env"));
    look_for(&mut command, "IN_ENV", &marker("env"));
    look_for(&mut command, "IN_TOML", &marker("toml"));
    look_for(&mut command, "IN_CLOUD", &marker("cloud"));
    look_for(&mut command, "IN_C_PLUGIN", &marker("c"));
    look_for(&mut command, "IN_RUST_PLUGIN", &marker("rust"));
    look_for(&mut command, "HOST_OWN", &marker("host"));
    look_for(&mut command, "KEY_BEARER", support::CLOUD_KEY);
    passes(&mut command);
}

/// The settings of a copy of the plugin `from`, which keeps the one secret `secret` in a folder.
fn plugin(home: &Home, name: &str, from: &Path, secret: &str) -> String {
    let library = home.write(&format!("plugins/{name}.so"), fs::read(from).expect("the plugin"));
    fs::set_permissions(&library, fs::Permissions::from_mode(0o755)).expect("its mode");
    home.write(&format!("{name}/{secret}"), marker(name));
    let directory = home.path().join(name);
    // In this process, whose memory is what is searched; `isolated.rs` has the other way.
    format!("plugin = {library:?}\nisolation = 'in-process'\nconfig.directory = {directory:?}\n")
}
