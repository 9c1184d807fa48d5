//! `set --to toml` and `delete --from toml`.

mod changes;
mod place;
mod random;
mod terminal;
mod values;
mod writers;

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use prefect_secrets_testing::Home;

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");

fn run(command: &mut Command, arguments: &[&str], input: &[u8]) -> Output {
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    // A program that refuses its arguments reads nothing.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn program(home: &Home, arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    run(&mut home.command(PROGRAM), arguments, input.as_ref())
}

fn set(home: &Home, name: &str, value: impl AsRef<[u8]>) -> Output {
    program(home, &["set", "--to", "toml", "--", name], value)
}

fn delete(home: &Home, name: &str) -> Output {
    program(home, &["delete", "--from", "toml", "--", name], "")
}

fn file(home: &Home) -> Vec<u8> {
    fs::read(home.path().join(".prefect/config.toml")).expect("the file is there")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("it is UTF-8")
}

/// Ends well, and says nothing.
fn is_quiet(output: &Output) -> bool {
    output.status.code() == Some(0) && output.stdout.is_empty() && output.stderr.is_empty()
}

fn get(home: &Home, name: &str) -> Vec<u8> {
    home.command(PROGRAM).args(["get", name]).output().expect("the program runs").stdout
}

fn beside(home: &Home) -> Vec<String> {
    let folder = fs::read_dir(home.path().join(".prefect")).unwrap();
    let mut names: Vec<_> =
        folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
