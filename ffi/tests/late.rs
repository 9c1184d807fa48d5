//! Calls that time out or are cancelled return in time, and nobody writes to their memory afterwards.
//! What each program checks is written in it.
#![cfg(feature = "cloud")]

mod support;

use std::time::Duration;

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::Home;
use support::{isolated_plugin, passes, program, with_cloud};

#[test]
fn a_provider_that_lies_about_its_deadline() {
    passes(Home::new().command(program("late").path()).arg("lies"));
}

#[test]
fn a_provider_that_promises_nothing() {
    passes(Home::new().command(program("late").path()).arg("stays"));
}

#[test]
fn an_isolated_plugin_that_hangs() {
    let home = Home::new();
    isolated_plugin(&home, "");
    passes(home.command(program("late").path()).arg("plugin"));
}

#[test]
fn a_slow_cloud() {
    let secrets = Secrets::new().with("IN_CLOUD", "\"cumulus\"");
    let cloud = StandIn::start(secrets.delayed(Duration::from_secs(4))).unwrap();
    let home = Home::new();
    passes(with_cloud(home.command(program("late").path()).arg("cloud"), &cloud));
}

#[test]
fn ten_thousand_calls_that_are_cancelled_at_random() {
    passes(Home::new().command(program("cancels").path()).arg("10000"));
}
