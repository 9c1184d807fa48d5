//! Building and running the programs in `tests/c`.
#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod server;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use prefect_secrets_stand_in::StandIn;
use prefect_secrets_testing::{C, Home, workspace};

/// A C program, with the scratch folder that it was compiled into.
pub(crate) struct Program {
    path: PathBuf,
    _folder: C,
}

impl Program {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Compiles `tests/c/NAME.c`.
pub(crate) fn program(name: &str) -> Program {
    compiled(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/c/{name}.c")))
}

/// Compiles `examples/NAME.c` of the workspace.
pub(crate) fn example(name: &str) -> Program {
    compiled(&workspace().join(format!("examples/{name}.c")))
}

fn compiled(source: &Path) -> Program {
    // One header is the whole of several programs, each of which uses its part.
    compiled_with(source, &["-std=c11", "-Wno-unused-function"])
}

/// Compiles `source`, linked with the library.
pub(crate) fn compiled_with(source: &Path, arguments: &[&str]) -> Program {
    let folder = C::new();
    let path = folder.program(source, arguments);
    Program { path, _folder: folder }
}

/// Compiles `tests/cpp/NAME.cpp`.
pub(crate) fn cpp_program(name: &str, arguments: &[&str]) -> Program {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cpp/{name}.cpp"));
    compiled_with(&source, &[&["-std=c++17"], arguments].concat())
}

/// Gives `home` what the C++ programs expect, and returns a command in it.
pub(crate) fn cpp_command(home: &Home, program: impl AsRef<Path>) -> Command {
    home.config("[context.secrets]\nFROM_TOML = { a = 1 }\n");
    let mut command = home.command(program);
    env_secret(&mut command, "FROM_ENV", "four");
    command
}

/// Gives `home` the one provider `child`, which is `tests/c/isolated_plugin.c`, with `more` in its table.
pub(crate) fn isolated_plugin(home: &Home, more: &str) -> PathBuf {
    let c = C::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/isolated_plugin.c");
    let built = c.plugin(&source, &["-Wno-unused-function"]);
    let plugin = home.write("child.so", std::fs::read(built).expect("the plugin"));
    home.config(&format!(
        "[secrets]\nchain = ['child']\n[secrets.providers.child]\nplugin = {plugin:?}\n{more}\n"
    ));
    plugin
}

/// Puts a secret into the environment of `command`.
pub(crate) fn env_secret<'a>(command: &'a mut Command, name: &str, text: &str) -> &'a mut Command {
    command.env(format!("PREFECT__CONTEXT__SECRETS__{name}"), text)
}

/// The key of the Cloud on loopback.
pub(crate) const CLOUD_KEY: &str = "key-of-the-tests-8Zt3";

/// Lets `command` find the Cloud on loopback.
pub(crate) fn with_cloud<'a>(command: &'a mut Command, cloud: &StandIn) -> &'a mut Command {
    command.env("PREFECT__CLOUD__API", cloud.address()).env("PREFECT__CLOUD__API_KEY", CLOUD_KEY)
}

/// Values that nothing else in a process looks like.
pub(crate) fn marker(place: &str) -> String {
    format!("marker-of-{place}-q8Zt3vLx5Rk1")
}

/// Tells the scanner what to look for, without saying it.
pub(crate) fn look_for<'a>(command: &'a mut Command, name: &str, value: &str) -> &'a mut Command {
    command.arg(format!("{name}={}", masked(value)))
}

/// A value as `tests/c/scan.h` reads it.
pub(crate) fn masked(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "{:02x}", byte ^ 0x5a).unwrap();
        text
    })
}

/// Runs `command` to its end; it must succeed.
pub(crate) fn passes(command: &mut Command) -> Output {
    passes_with(command, b"")
}

/// The same with `input` on its standard input.
pub(crate) fn passes_with(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    // One that ends without reading all of it says why itself.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(
        output.status.success(),
        "{:?}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
