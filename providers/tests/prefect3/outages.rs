//! What goes wrong on the way, and what it is called.

use std::time::Duration;

use prefect_secrets_core::{Buffer, Deadline, Error, Kind, Provider};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_providers::cloud::rest::Settings;
use prefect_secrets_testing::prefect3::Setup;
use prefect_secrets_testing::{Prefect3, Relay};

use crate::{AUTH, clean, client, get, millis, servers, set, settings, text_to_set, timed};

/// The failure of everything that `cloud` can be asked for; all are of one kind.
fn failure(cloud: &Cloud) -> Error {
    let deadline = Deadline::default;
    let error = clean(get(cloud, "x").expect_err("get"));
    for (what, outcome) in [
        ("get_many", cloud.get_many(&["x"], &deadline()).pop().expect("one answer").map(drop)),
        ("exists", cloud.exists("x", &deadline()).map(drop)),
        ("set", set(cloud, "x", &text_to_set("marker"))),
        ("delete", cloud.delete("x", &deadline()).map(drop)),
        ("list", cloud.list(&deadline()).map(drop)),
    ] {
        assert_eq!(clean(outcome.expect_err(what)).kind(), error.kind(), "{what}");
    }
    error
}

#[test]
fn a_wrong_address_is_no_absence() {
    let Some(server) = servers().first() else { return };
    let base = server.address().trim_end_matches("/api");
    for wrong in [base.to_owned(), format!("{base}/apis"), format!("{}/v1", server.address())] {
        let error = failure(&Cloud::rest(Settings::at(&wrong).unwrap()));
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(error.next_step().contains("PREFECT_API_URL"), "{error}");
    }
    // The port of nobody: known at once, because nobody was ever there.
    let nobody = Cloud::rest(Settings::at("http://127.0.0.1:1/api").unwrap());
    let (error, elapsed) = timed(|| failure(&nobody));
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
}

#[test]
fn a_wrong_password_is_denied() {
    let Some(server) = servers().get(1) else { return };
    let at = || Settings::at(server.address()).unwrap();
    let auth = |text: &str| at().auth_string(Buffer::copy_of(text.as_bytes())).unwrap();
    for settings in [at(), auth("admin:marker"), at().key(Buffer::copy_of(b"marker")).unwrap()] {
        let error = failure(&Cloud::rest(settings));
        assert_eq!(error.kind(), Kind::Denied);
        assert!(error.next_step().contains("PREFECT_API_AUTH_STRING"), "{error}");
    }
    let spaced = auth(&format!(" {AUTH}\n"));
    assert!(get(&Cloud::rest(spaced), "x").unwrap().is_none(), "white space is left out");
}

#[test]
fn a_server_that_stops_is_unavailable_and_one_that_is_back_answers() {
    let Some(server) = Prefect3::start(&Setup::default()) else { return };
    let cloud = client(&server);
    set(&cloud, "stays", &text_to_set("here")).unwrap();
    server.stop();
    assert_eq!(failure(&cloud).kind(), Kind::Unavailable);
    server.start_again();
    assert_eq!(get(&cloud, "stays").unwrap().unwrap().expose_text(), b"here");
    // Through a crash, on a connection that was open.
    server.kill();
    server.start_again();
    assert_eq!(get(&cloud, "stays").unwrap().unwrap().expose_text(), b"here");
    // In the middle of many questions: each has its value or is a failure, never absent.
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let (mut found, mut failed) = (0, 0);
            for _ in 0..1000 {
                match cloud.get("stays", &Deadline::within(Duration::from_secs(2))) {
                    Ok(Some(secret)) => {
                        assert_eq!(secret.expose_text(), b"here");
                        found += 1;
                    }
                    Ok(None) => panic!("an outage is no absence"),
                    Err(error) => {
                        assert_eq!(clean(error).kind(), Kind::Unavailable);
                        failed += 1;
                    }
                }
                if failed > 2 {
                    break;
                }
            }
            (found, failed)
        });
        std::thread::sleep(millis(300));
        server.kill();
        let (found, failed) = asking.join().unwrap();
        assert!(found > 0 && failed > 2, "{found} found, {failed} failed");
    });
}

#[test]
fn a_restart_takes_longer_than_one_try_and_is_waited_for() {
    let Some(server) = Prefect3::start(&Setup::default()) else { return };
    // The real schedule, and a few more waits for a machine that is busy.
    let mut waits = Settings::RETRY_WAITS.to_vec();
    waits.extend([Duration::from_secs(16); 5]);
    let cloud = Cloud::rest(Settings::at(server.address()).unwrap().retry_waits(waits));
    set(&cloud, "stays", &text_to_set("here")).unwrap();
    server.kill();
    std::thread::scope(|scope| {
        let patient = Deadline::within(Duration::from_secs(150));
        let asking = scope.spawn(move || cloud.get("stays", &patient));
        server.start_again();
        assert_eq!(asking.join().unwrap().unwrap().unwrap().expose_text(), b"here");
    });
}

#[test]
fn a_connection_that_the_server_closed_is_not_used_again() {
    for server in servers() {
        let relay = Relay::to(server.address());
        let settings = settings(server, &relay.address(server.address())).retry_waits([]);
        let cloud = Cloud::rest(settings);
        assert!(get(&cloud, "x").unwrap().is_none());
        assert!(get(&cloud, "x").unwrap().is_none());
        assert_eq!(relay.connections(), 1, "an open one is used again");
        // The server closes one that was idle for 5 seconds; no second try hides it here.
        std::thread::sleep(Duration::from_secs(6));
        assert!(get(&cloud, "x").unwrap().is_none());
        assert_eq!(relay.connections(), 1);
    }
}

#[test]
fn a_reset_is_tried_again_and_then_unavailable() {
    for server in servers() {
        let relay = Relay::to(server.address());
        let cloud = Cloud::rest(settings(server, &relay.address(server.address())));
        set(&cloud, "reset", &text_to_set("here")).unwrap();
        relay.requests();
        relay.reset(2);
        assert_eq!(get(&cloud, "reset").unwrap().unwrap().expose_text(), b"here");
        assert_eq!(relay.requests(), 3);
        relay.reset(1);
        set(&cloud, "reset", &text_to_set("there")).unwrap();
        assert_eq!(get(&cloud, "reset").unwrap().unwrap().expose_text(), b"there");
        relay.reset(usize::MAX);
        assert_eq!(failure(&cloud).kind(), Kind::Unavailable);
        relay.reset(0);
        assert!(get(&cloud, "reset").unwrap().is_some());
    }
}

#[test]
fn a_web_page_of_a_proxy_is_a_failure() {
    for server in servers() {
        let relay = Relay::to(server.address());
        let cloud = Cloud::rest(settings(server, &relay.address(server.address())));
        relay.answer_with_a_page(true);
        let error = failure(&cloud);
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.what().contains("a web page"), "{error}");
        relay.answer_with_a_page(false);
        assert!(get(&cloud, "x").unwrap().is_none());
    }
}

#[test]
fn a_slow_answer_ends_with_the_deadline() {
    for server in servers() {
        let relay = Relay::to(server.address());
        let cloud = Cloud::rest(settings(server, &relay.address(server.address())));
        assert!(get(&cloud, "x").unwrap().is_none());
        relay.delay(Duration::from_secs(5));
        // Long enough that a tenth of it is more than a busy machine is late.
        let budget = Duration::from_secs(2);
        let within = || Deadline::within(budget);
        type Called<'a> = &'a dyn Fn() -> Result<(), Error>;
        let calls: [(&str, Called<'_>); 5] = [
            ("get", &|| cloud.get("x", &within()).map(drop)),
            ("get_many", &|| cloud.get_many(&["x", "y"], &within()).pop().unwrap().map(drop)),
            ("set", &|| cloud.set("x", &text_to_set("marker"), &within())),
            ("delete", &|| cloud.delete("x", &within()).map(drop)),
            ("list", &|| cloud.list(&within()).map(drop)),
        ];
        for (what, call) in calls {
            let (outcome, elapsed) = timed(call);
            let error = clean(outcome.expect_err(what));
            assert_eq!(error.kind(), Kind::TimedOut, "{what}: {error}");
            assert!(elapsed >= budget && elapsed < budget.mul_f64(1.1), "{what}: {elapsed:?}");
        }
    }
}
