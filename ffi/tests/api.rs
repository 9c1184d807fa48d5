//! C programs against the library; what each of them checks is written in it.

mod support;

use std::path::Path;

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::{C, Home};
use support::{env_secret, passes, program, with_cloud};

#[test]
fn everything_once() {
    let home = Home::new();
    home.config("[context.secrets]\nFROM_TOML = { a = 1 }\n");
    passes(env_secret(&mut home.command(program("api").path()), "FROM_ENV", "four"));
}

/// The same program, with the library inside it.
#[test]
fn everything_once_from_the_static_library() {
    let (home, c) = (Home::new(), C::new());
    home.config("[context.secrets]\nFROM_TOML = { a = 1 }\n");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/api.c");
    let program = c.static_program(&source, &["-std=c11", "-Wno-unused-function"]);
    passes(env_secret(&mut home.command(program), "FROM_ENV", "four"));
}

#[test]
fn calls_apart_from_their_callers() {
    let home = Home::new();
    home.config("[context.secrets]\nFROM_TOML = 'text'\n");
    passes(env_secret(&mut home.command(program("apart").path()), "FROM_ENV", "four"));
}

#[test]
fn null_is_refused_everywhere() {
    passes(&mut Home::new().command(program("nulls").path()));
}

#[test]
fn the_log_goes_to_a_callback() {
    passes(&mut Home::new().command(program("log").path()));
}

#[test]
fn a_provider_that_breaks_the_rules_is_an_error_and_no_more() {
    passes(&mut Home::new().command(program("rules").path()));
}

#[test]
fn eight_threads() {
    let (home, threads) = (Home::new(), program("threads"));
    let mut command = home.command(threads.path());
    for i in 0..8 {
        env_secret(&mut command, &format!("NAME_{i}"), &format!("text_{i}"));
    }
    passes(command.arg("100000"));
}

#[test]
fn no_descriptor_and_no_thread_is_left() {
    let home = Home::new();
    home.config("[context.secrets]\nFROM_TOML = \"t\"\n");
    passes(env_secret(&mut home.command(program("resources").path()), "FROM_ENV", "e"));
}

#[test]
fn a_forked_child_goes_on() {
    let home = Home::new();
    let fork = program("fork");
    passes(env_secret(home.command(fork.path()).arg("60"), "SHARED", "four"));
}

#[test]
fn a_child_forked_after_a_cloud_get_goes_on() {
    let cloud = StandIn::start(Secrets::new().with("SHARED", "\"four\"")).unwrap();
    let (home, fork) = (Home::new(), program("fork"));
    passes(with_cloud(home.command(fork.path()).arg("10"), &cloud));
}

#[test]
fn eight_threads_and_a_cloud() {
    let secrets = (0..8).fold(Secrets::new(), |secrets, i| {
        secrets.with(format!("NAME_{i}"), format!("\"text_{i}\""))
    });
    let cloud = StandIn::start(secrets).unwrap();
    let (home, threads) = (Home::new(), program("threads"));
    passes(with_cloud(home.command(threads.path()).arg("120"), &cloud));
}
