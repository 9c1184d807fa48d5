//! Trying again, and stopping in time.

use std::time::{Duration, SystemTime};

use prefect_secrets_core::{Deadline, Kind, Provider};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_providers::cloud::graphql::Settings;
use prefect_secrets_stand_in::{Response, Secrets};

use crate::{clean, client, failure, settings, start, text, timed};

fn found() -> Response {
    Response::json(r#"{"data":{"secret_value":"v"}}"#)
}

fn status(status: u16) -> Response {
    Response::body("seeded").status(status)
}

fn api_error() -> Response {
    Response::json(r#"{"errors":[{"message":"x","extensions":{"code":"API_ERROR"}}]}"#)
}

#[test]
fn what_may_pass_is_tried_again() {
    let asks = |response: Response| response.header("Retry-After", "0");
    for response in [
        status(429),
        status(500),
        status(502),
        status(503),
        status(504),
        asks(status(413)),
        api_error(),
        Response::close(),
        Response::raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"data\""),
        Response::raw("seeded, and no HTTP\r\n\r\n"),
    ] {
        let cloud = start(vec![response.clone(), response, found()]);
        assert_eq!(text(&client(&cloud), "X"), "v");
        assert_eq!(cloud.requests().len(), 3);
    }
}

#[test]
fn what_stays_is_not() {
    for response in [status(400), status(401), status(404), status(413), status(501), status(505)] {
        let cloud = start(vec![response, found()]);
        failure(&client(&cloud));
        assert_eq!(cloud.requests().len(), 1);
    }
}

#[test]
fn seven_tries_and_no_sleep_after_the_last() {
    let cloud = start(vec![status(503)]);
    assert_eq!(failure(&client(&cloud)).kind(), Kind::Unavailable);
    assert_eq!(cloud.take_requests().len(), 7);

    let waits = [Duration::ZERO, Duration::from_millis(200)];
    let provider = Cloud::graphql(settings(&cloud).retry_waits(waits));
    let (_, elapsed) = timed(|| failure(&provider));
    assert_eq!(cloud.take_requests().len(), 3);
    assert!(
        elapsed >= Duration::from_millis(200) && elapsed < Duration::from_secs(2),
        "{elapsed:?}"
    );
}

#[test]
fn the_real_schedule_begins_with_0_and_2_seconds() {
    let cloud = start(vec![status(503), Response::close(), found()]);
    let settings = Settings::at(&cloud.address()).unwrap();
    let (found, elapsed) = timed(|| text(&Cloud::graphql(settings), "X"));
    assert_eq!(found, "v");
    assert!(elapsed >= Duration::from_secs(2) && elapsed < Duration::from_secs(4), "{elapsed:?}");
    assert_eq!(cloud.requests().len(), 3);
}

#[test]
fn retry_after_is_honoured_in_both_forms() {
    let slow = [Duration::from_secs(60)];
    let cloud = start(vec![status(503).header("Retry-After", "1"), found()]);
    let provider = Cloud::graphql(settings(&cloud).retry_waits(slow));
    let (found_it, elapsed) = timed(|| text(&provider, "X"));
    assert_eq!(found_it, "v");
    assert!(elapsed >= Duration::from_secs(1) && elapsed < Duration::from_secs(3), "{elapsed:?}");

    // A date is in whole seconds: two from now are between one and two.
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
    cloud.replace(vec![status(429).header("Retry-After", date), found()]);
    let (found_it, elapsed) = timed(|| text(&provider, "X"));
    assert_eq!(found_it, "v");
    assert!(
        elapsed >= Duration::from_millis(900) && elapsed < Duration::from_secs(4),
        "{elapsed:?}"
    );

    cloud.replace(vec![status(503).header("Retry-After", "soon"), found()]);
    assert_eq!(failure(&provider).kind(), Kind::Unavailable, "as Prefect does");
}

#[test]
fn a_wait_past_the_deadline_is_not_begun() {
    for response in [status(503).header("Retry-After", "30"), status(500)] {
        let cloud = start(vec![response]);
        let provider = Cloud::graphql(settings(&cloud).retry_waits([Duration::from_secs(20)]));
        let deadline = Deadline::within(Duration::from_secs(5));
        let (outcome, elapsed) = timed(|| provider.get("X", &deadline));
        assert_eq!(clean(outcome.unwrap_err()).kind(), Kind::Unavailable);
        assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
        assert_eq!(cloud.requests().len(), 1);
    }
}

#[test]
fn the_deadline_is_kept() {
    let second = Duration::from_secs(1);
    let slow = Secrets::new().with("X", "1").delayed(10 * second);
    let cloud = start(slow);
    for names in [&["X"][..], &["X", "Y"]] {
        let provider = client(&cloud);
        let (answers, elapsed) = timed(|| provider.get_many(names, &Deadline::within(second)));
        for answer in answers {
            assert_eq!(clean(answer.unwrap_err()).kind(), Kind::TimedOut);
        }
        assert!(elapsed >= second && elapsed < 2 * second, "{elapsed:?}");
    }
    cloud.replace(vec![Response::close().delay(300 * second / 1000)]);
    let provider = Cloud::graphql(settings(&cloud).retry_waits([Duration::ZERO; 100]));
    let (outcome, elapsed) = timed(|| provider.get("X", &Deadline::within(second)));
    assert_eq!(clean(outcome.unwrap_err()).kind(), Kind::TimedOut);
    assert!(elapsed < 2 * second, "{elapsed:?}");

    cloud.take_requests();
    let over = Deadline::within(Duration::ZERO);
    assert_eq!(clean(provider.get("X", &over).unwrap_err()).kind(), Kind::TimedOut);
    assert_eq!(cloud.requests().len(), 0);
}

#[test]
fn a_slow_request_is_tried_again() {
    let cloud = start(vec![found().delay(Duration::from_secs(30)), found()]);
    let settings = settings(&cloud).request_timeout(Duration::from_millis(200));
    let (found, elapsed) = timed(|| text(&Cloud::graphql(settings), "X"));
    assert_eq!(found, "v");
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
}

#[test]
fn a_connection_that_went_stale_is_no_failure() {
    let cloud = start(Secrets::new().with("X", "\"v\""));
    // Not even where nothing is tried again.
    let provider = Cloud::graphql(settings(&cloud).retry_waits([]));
    for round in 1..=20 {
        assert_eq!(text(&provider, "X"), "v");
        assert_eq!(text(&provider, "X"), "v");
        assert_eq!(cloud.connections(), round, "kept between gets");
        cloud.break_connections();
    }
}

#[test]
fn a_server_that_comes_back_is_found_again() {
    let cloud = start(Secrets::new().with("X", "\"v\""));
    let port = cloud.port();
    let provider = client(&cloud);
    assert_eq!(text(&provider, "X"), "v");
    drop(cloud);
    assert_eq!(failure(&provider).kind(), Kind::Unavailable);
    let secrets = Secrets::new().with("X", "\"w\"");
    let _cloud = prefect_secrets_stand_in::StandIn::start_on(port, secrets, |_| {}).unwrap();
    assert_eq!(text(&provider, "X"), "w");
}
