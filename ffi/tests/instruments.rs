//! The same programs under valgrind, when `PREFECT_SECRETS_INSTRUMENTS` is set: `cargo xtask test
//! --instruments` sets it, and everybody else returns at once.

mod support;

use std::net::TcpStream;
use std::process::Command;
use std::thread;

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::{Home, find};
use support::server::{Server, ask};
use support::{Program, env_secret, example, isolated_plugin, passes, program, with_cloud};

/// A program under valgrind: no error, nothing lost. `None` without the instrument, and then
/// nothing is compiled either.
fn watched(home: &Home, compile: impl FnOnce() -> Program) -> Option<(Program, Command)> {
    let leaks = [
        "--leak-check=full",
        "--show-leak-kinds=definite,indirect,possible",
        "--errors-for-leak-kinds=definite,indirect,possible",
    ];
    valgrind(home, &leaks, compile)
}

/// A program under helgrind: no race on the program's side; `helgrind.supp` says what that is.
fn raced(home: &Home, name: &str) -> Option<(Program, Command)> {
    let known = concat!("--suppressions=", env!("CARGO_MANIFEST_DIR"), "/tests/helgrind.supp");
    valgrind(home, &["--tool=helgrind", known], || program(name))
}

fn valgrind(
    home: &Home,
    arguments: &[&str],
    compile: impl FnOnce() -> Program,
) -> Option<(Program, Command)> {
    std::env::var_os("PREFECT_SECRETS_INSTRUMENTS")?;
    let mut command = home.command(find("valgrind")?);
    let program = compile();
    command.args(["--quiet", "--error-exitcode=9", "--fair-sched=yes"]).args(arguments);
    command.arg(program.path()).env("SLOWED_DOWN", "1");
    Some((program, command))
}

#[test]
fn everything_once() {
    let home = Home::new();
    home.config("[context.secrets]\nFROM_TOML = { a = 1 }\n");
    let Some((_program, mut command)) = watched(&home, || program("api")) else { return };
    passes(env_secret(&mut command, "FROM_ENV", "four"));
}

#[test]
fn null_everywhere() {
    let home = Home::new();
    let Some((_program, mut command)) = watched(&home, || program("nulls")) else { return };
    passes(&mut command);
}

#[test]
fn eight_threads() {
    let home = Home::new();
    let Some((_program, mut command)) = watched(&home, || program("threads")) else { return };
    for i in 0..8 {
        env_secret(&mut command, &format!("NAME_{i}"), &format!("text_{i}"));
    }
    passes(command.arg("1000"));
}

#[test]
fn calls_that_are_cancelled_at_random() {
    let home = Home::new();
    let Some((_program, mut command)) = watched(&home, || program("cancels")) else { return };
    passes(command.arg("400"));
}

#[test]
fn calls_whose_provider_is_late() {
    let home = Home::new();
    let Some((_program, mut command)) = watched(&home, || program("late")) else { return };
    passes(command.arg("lies"));
}

#[test]
fn fifty_children_of_a_parent_in_the_middle_of_gets() {
    let home = Home::new();
    home.config("[context.secrets]\nFROM_TOML = \"from_toml\"\n");
    // What a child cannot use of its parent's is leaked there on purpose.
    let quiet = ["--leak-check=no"];
    let Some((_program, mut command)) = valgrind(&home, &quiet, || program("crowd")) else {
        return;
    };
    let cloud = StandIn::start(Secrets::new().with("IN_CLOUD", "\"in_cloud\"")).unwrap();
    env_secret(with_cloud(&mut command, &cloud), "FROM_ENV", "from_env");
    passes(command.arg("50"));
}

#[test]
fn the_epoll_server() {
    let home = Home::new();
    let Some((program, mut command)) = watched(&home, || example("epoll_server")) else { return };
    env_secret(command.args(["0", "TOKEN"]), "TOKEN", "sesame");
    serves(Server::start(command, home, program));
}

#[test]
fn the_preforking_server() {
    let home = Home::new();
    let compile = || example("preforking_server");
    let Some((program, mut command)) = watched(&home, compile) else { return };
    env_secret(command.args(["0", "TOKEN", "2"]), "TOKEN", "sesame");
    serves(Server::start(command, home, program));
}

/// A server that is asked by several at once, and by some who do not wait, and then ends.
fn serves(mut server: Server) {
    let port = server.port;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..10 {
                    assert_eq!(ask(port, "sesame").as_deref(), Some("yes\n"));
                    drop(TcpStream::connect(("127.0.0.1", port)));
                    assert_eq!(ask(port, "guessed").as_deref(), Some("no\n"));
                }
            });
        }
    });
    assert_eq!(server.end(), "");
}

#[test]
fn eight_threads_have_no_race() {
    let home = Home::new();
    let Some((_program, mut command)) = raced(&home, "threads") else { return };
    for i in 0..8 {
        env_secret(&mut command, &format!("NAME_{i}"), &format!("text_{i}"));
    }
    passes(command.arg("1000"));
}

#[test]
fn nobody_touches_memory_of_a_call_that_is_over() {
    let home = Home::new();
    let Some((_program, mut command)) = raced(&home, "late") else { return };
    passes(command.arg("lies"));
}

#[test]
fn a_race_is_found() {
    for which in ["program", "provider"] {
        let home = Home::new();
        let Some((_program, mut command)) = raced(&home, "race") else { return };
        let output = command.arg(which).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(9), "{which}: {said}");
        assert!(said.contains("Possible data race") && said.contains("race.c:"), "{said}");
    }
}

#[test]
fn a_plugin_in_a_process_of_its_own() {
    let home = Home::new();
    let compile = || {
        isolated_plugin(&home, "");
        program("isolated_signals")
    };
    let Some((_program, mut command)) = watched(&home, compile) else { return };
    passes(&mut command);
}

#[test]
fn the_example() {
    let home = Home::new();
    home.config("[context.secrets]\nIN_TOML = \"t\"\n");
    let Some((_program, mut command)) = watched(&home, || example("resolve")) else { return };
    passes(env_secret(&mut command, "IN_ENV", "e").args(["IN_ENV", "IN_TOML", "NOWHERE"]));
}
