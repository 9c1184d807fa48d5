//! `cargo xtask demo`: the main job, from a C host.
//!
//! A scratch home holds one secret in the environment, one in `config.toml`, one in a Cloud on
//! loopback, one behind a plugin written in C that runs in the host's process, one behind a plugin
//! written in Rust that runs in a process of its own; a sixth name is nowhere. `examples/resolve.c`, linked with the library, asks for all six. The Cloud is a
//! stand-in for that of Prefect 1, or a real server of Prefect 3.

mod cloud;
mod seeds;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use prefect_secrets_testing::{Built, C, Home, built_as, workspace};

use self::cloud::Cloud;
use crate::Outcome;
use crate::stage::{cargo, finish};

pub(crate) fn run(release: bool, prefect: bool) -> Outcome {
    println!("building libprefect_secrets and the plugins (the first time takes a few minutes)");
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    finish(cargo(&["build", "--workspace", "--lib", "--bins"]).args(profile))?;
    let built = built_as(release);

    println!("compiling examples/resolve.c and examples/plugin_c/directory.c");
    let c = C::new();
    let host = c.program_with(&workspace().join("examples/resolve.c"), &[], built);
    let plugin_c = c.plugin(&workspace().join("examples/plugin_c/directory.c"), &["-O2"]);

    let cloud = if prefect { Cloud::prefect3()? } else { Cloud::stand_in()? };
    resolve(&host, built, &plugin_c, &cloud)
}

/// The same with the library that is installed in `prefix`; the stand-in and the plugin in Rust are
/// those of the tests.
pub(crate) fn run_installed(prefix: &Path) -> Outcome {
    finish(&mut cargo(&["build", "--workspace", "--lib", "--bins"]))?;
    let c = C::new();
    let host = c.folder().join("resolve");
    let lib = prefix.join("lib");
    let mut cc = std::process::Command::new("cc");
    cc.arg(workspace().join("examples/resolve.c")).arg("-o").arg(&host);
    cc.arg("-I").arg(prefix.join("include")).arg("-L").arg(&lib).arg("-lprefect_secrets");
    finish(cc.arg("-Xlinker").arg("-rpath").arg("-Xlinker").arg(&lib))?;
    let plugin_c = c.plugin(&workspace().join("examples/plugin_c/directory.c"), &["-O2"]);
    resolve(&host, built_as(false), &plugin_c, &Cloud::stand_in()?)
}

fn resolve(host: &Path, built: &Built, plugin_c: &Path, cloud: &Cloud) -> Outcome {
    let home = Home::new();
    fill(&home, built, plugin_c);

    println!("resolving six names through env, toml, two plugins and {}\n", cloud.called());
    let mut command = home.command(host);
    command
        .env(format!("PREFECT__CONTEXT__SECRETS__{}", seeds::ENV.0), seeds::ENV.1)
        .envs(cloud.variables())
        .args([seeds::ENV.0, seeds::TOML.0, seeds::CLOUD.0, seeds::C_PLUGIN.0])
        .args([seeds::RUST_PLUGIN.0, seeds::NOWHERE]);
    finish(&mut command)
}

/// Puts the secrets and the plugins into the scratch home.
fn fill(home: &Home, built: &Built, plugin_c: &Path) {
    // The plugins are copied into the home: a plugin is only loaded from folders that nobody else
    // can write to, and where this project is checked out that may not be so.
    let plugin = |from: &Path, name: &str| {
        let to = home.write(name, fs::read(from).expect("the plugin was built"));
        fs::set_permissions(&to, fs::Permissions::from_mode(0o755)).expect("its mode");
        to
    };
    let c = plugin(plugin_c, "plugins/directory_c.so");
    let rust = plugin(&built.rust_plugin(), "plugins/directory_rust.so");
    let (c_secrets, rust_secrets) =
        (home.path().join("c-secrets"), home.path().join("rust-secrets"));
    home.write(&format!("c-secrets/{}", seeds::C_PLUGIN.0), seeds::C_PLUGIN.1);
    home.write(&format!("rust-secrets/{}", seeds::RUST_PLUGIN.0), seeds::RUST_PLUGIN.1);
    home.config(&format!(
        "[context.secrets]\n{name} = '{value}'\n\n\
         [secrets]\nchain = [\"env\", \"toml\", \"c-plugin\", \"rust-plugin\", \"cloud\"]\n\n\
         [secrets.providers.c-plugin]\nplugin = {c:?}\nisolation = \"in-process\"\n\
         config.directory = {c_secrets:?}\n\n\
         [secrets.providers.rust-plugin]\nplugin = {rust:?}\nconfig.directory = {rust_secrets:?}\n",
        name = seeds::TOML.0,
        value = seeds::TOML.1,
    ));
}
