//! The Cloud from C: fork, threads, and what is left in memory.
#![cfg(feature = "cloud")]

mod support;

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::Home;
use support::{env_secret, passes, program, with_cloud};

#[test]
fn parent_and_child_go_on_after_a_fork() {
    let cloud = StandIn::start(Secrets::new().with("IN_CLOUD", "\"cumulus\"")).unwrap();
    let (home, fork) = (Home::new(), program("cloud_fork"));
    let rounds = if std::env::var_os("PREFECT_SECRETS_FULL").is_some() { 500 } else { 20 };
    let mut command = home.command(fork.path());
    passes(command.env("PREFECT__CLOUD__API", cloud.address()).arg(rounds.to_string()));
    // Every child has connections of its own: one that used its parent's would mix up answers.
    assert!(cloud.connections() > 2 * rounds, "{} connections", cloud.connections());
    let four = cloud.requests().len();
    assert!(four >= rounds * 2 * 4, "{four} requests");
}

#[test]
fn a_cloud_that_hangs_up_does_not_end_the_host() {
    // Reads a little of each request, and closes.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut some = [0; 100_000];
            let _ = std::io::Read::read(&mut connection.unwrap(), &mut some);
        }
    });
    let home = Home::new();
    home.config("[secrets.providers.cloud]\nretry_waits_ms = []\n");
    let hangup = program("hangup");
    let mut command = home.command(hangup.path());
    passes(command.env("PREFECT__CLOUD__API", address).env("PREFECT__CLOUD__API_KEY", "k"));
}

#[test]
fn the_programs_signals_are_the_programs() {
    // Nothing listens there, and its name is looked up each time.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    drop(listener);
    let (home, signals) = (Home::new(), program("signals"));
    home.config("[secrets.providers.cloud]\nretry_waits_ms = []\n");
    let mut command = home.command(signals.path());
    passes(command.env("PREFECT__CLOUD__API", address).env("PREFECT__CLOUD__API_KEY", "k"));
}

#[test]
fn a_thousand_children_of_a_parent_in_the_middle_of_gets() {
    let cloud = StandIn::start(Secrets::new().with("IN_CLOUD", "\"in_cloud\"")).unwrap();
    let (home, crowd) = (Home::new(), program("crowd"));
    home.config("[context.secrets]\nFROM_TOML = \"from_toml\"\n");
    let mut command = home.command(crowd.path());
    env_secret(with_cloud(&mut command, &cloud), "FROM_ENV", "from_env");
    passes(command.arg("1000"));
    // Each child asks four times, and has a connection of its own.
    assert!(cloud.requests().len() > 4 * 1000, "{} requests", cloud.requests().len());
    assert!(cloud.connections() > 1000, "{} connections", cloud.connections());
}
