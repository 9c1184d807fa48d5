//! The Cloud from C: fork, threads, and what is left in memory.
#![cfg(feature = "cloud")]

mod support;

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::Home;
use support::{passes, program};

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
