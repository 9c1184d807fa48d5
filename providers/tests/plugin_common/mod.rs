//! What the tests of plugins share.
#![allow(dead_code, reason = "no test needs all of it")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use prefect_secrets_core::abi::Settings;
use prefect_secrets_providers::plugin::{Isolation, Loaded, Running, Search, load};
use prefect_secrets_testing::{C, built, workspace};

pub(crate) fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("its mode");
}

/// Compiles a source of `tests/fixtures` into `c`'s folder under the name `to`, with a mode that
/// is trusted whatever the umask is.
pub(crate) fn fixture(c: &C, source: &str, to: &str, arguments: &[&str]) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    compiled(c, &fixtures.join(source), to, arguments)
}

/// The plugin of `examples/plugin_c`.
pub(crate) fn c_plugin(c: &C) -> PathBuf {
    compiled(c, &workspace().join("examples/plugin_c/directory.c"), "directory.so", &[])
}

fn compiled(c: &C, source: &Path, to: &str, arguments: &[&str]) -> PathBuf {
    let built = c.plugin(source, arguments);
    let plugin = c.folder().join(to);
    fs::rename(built, &plugin).expect("its name");
    mode(&plugin, 0o755);
    plugin
}

/// A copy of the plugin `from`, with a mode that is trusted whatever the umask is.
pub(crate) fn copy(from: &Path, to: PathBuf) -> PathBuf {
    fs::copy(from, &to).expect("a copy of the plugin");
    mode(&to, 0o755);
    to
}

/// In the process of the test.
pub(crate) fn in_process() -> Running {
    Running { isolation: Some(Isolation::InProcess), ..Running::default() }
}

/// In a process of its own.
pub(crate) fn in_a_child() -> Running {
    let plugin_host = Some(built().plugin_host());
    Running { plugin_host, ..Running::in_child() }
}

/// Loads `plugin` as `test`, without settings.
pub(crate) fn load_path(plugin: &Path) -> Loaded {
    load(
        "test",
        plugin.to_str().expect("a UTF-8 path"),
        Settings::none(),
        &in_process(),
        &Search::new(),
    )
}
