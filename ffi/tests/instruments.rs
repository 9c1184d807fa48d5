//! The same programs under valgrind, when `PREFECT_SECRETS_INSTRUMENTS` is set: `cargo xtask test
//! --instruments` sets it, and everybody else returns at once.

mod support;

use std::process::Command;

use prefect_secrets_testing::{Home, find};
use support::{Program, env_secret, example, isolated_plugin, passes, program};

/// A program under valgrind: no error, nothing lost. `None` without the instrument, and then
/// nothing is compiled either.
fn watched(home: &Home, compile: impl FnOnce() -> Program) -> Option<(Program, Command)> {
    std::env::var_os("PREFECT_SECRETS_INSTRUMENTS")?;
    let mut command = home.command(find("valgrind")?);
    let program = compile();
    command
        .args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--fair-sched=yes"])
        .args(["--show-leak-kinds=definite,indirect,possible"])
        .args(["--errors-for-leak-kinds=definite,indirect,possible"])
        .arg(program.path());
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
