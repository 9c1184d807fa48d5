//! The Cloud: whether it answers, whom we trust to be it, and what time it is there.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use prefect_secrets_stand_in::{Behaviour, Response, Secrets, StandIn};
use prefect_secrets_testing::{Home, find, workspace};

use super::report::Report;
use super::{MARKER, PROGRAM, text};

/// The report about a Cloud of Prefect 1 that behaves like this.
fn with_cloud(behaviour: impl Into<Behaviour>) -> (StandIn, Report) {
    let (home, cloud) = (Home::new(), StandIn::start(behaviour).unwrap());
    home.config("[secrets.providers.cloud]\nretry_waits_ms = []\n");
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__CLOUD__API", cloud.address()).env("PREFECT__CLOUD__API_KEY", MARKER);
    let report = Report::of(&mut command);
    (cloud, report)
}

#[test]
fn a_cloud_is_asked_one_question() {
    let secrets = Secrets::new().with("X", "\"hunter2\"").requiring_key(MARKER);
    let (cloud, report) = with_cloud(secrets);
    let [outcome, what, _] = report.one("providers", "cloud");
    assert!(outcome == "ok" && what.starts_with("answered in "), "{what}");
    assert!(what.contains("PREFECT__CLOUD__API") && what.contains("the default chain"), "{what}");
    let requests = cloud.requests();
    let asked: Vec<_> = requests.iter().filter(|request| request.method == "POST").collect();
    assert_eq!(asked.len(), 1);
    // The one for the time has no key.
    let other =
        requests.iter().find(|request| request.method == "HEAD").expect("the time is asked for");
    assert!(other.header("authorization").is_none() && other.path == "/");
    assert!(asked[0].header("authorization").is_some(), "the control");
    let [outcome, what, _] = report.one("tls", "connection");
    assert!(outcome == "ok" && what.contains("nothing leaves this machine"), "{what}");
}

/// An address alone is no reason to call anybody.
#[test]
fn a_cloud_that_is_not_in_the_chain_is_left_alone() {
    let (home, cloud) = (Home::new(), StandIn::start(Secrets::new()).unwrap());
    home.config("[secrets]\nchain = ['env', 'toml']\n");
    let report = Report::of(home.command(PROGRAM).env("PREFECT__CLOUD__API", cloud.address()));
    assert_eq!(report.one("tls", "connection")[0], "skipped");
    assert_eq!(cloud.connections(), 0);
}

#[test]
fn denied_unavailable_and_slow_are_told_apart() {
    for (behaviour, kind, next) in [
        (Behaviour::from(Secrets::new().requiring_key("another")), "denied", "cloud.api_key"),
        (vec![Response::body("").status(503)].into(), "unavailable", "later"),
        (vec![Response::close()].into(), "unavailable", "cloud.api"),
        (
            vec![Response::json("{}").delay(Duration::from_secs(60))].into(),
            "timed out",
            "allow more time",
        ),
    ] {
        let (_cloud, report) = with_cloud(behaviour);
        let [outcome, what, step] = report.one("providers", "cloud");
        assert!(
            outcome == "broken" && what.starts_with(kind) && step.contains(next),
            "{what}; {step}"
        );
        // The others are asked all the same.
        assert_eq!(report.one("providers", "toml")[0], "ok");
    }
    let home = Home::new();
    let report = Report::of(home.command(PROGRAM).env("PREFECT_API_URL", "http://127.0.0.1:1/api"));
    let [outcome, what, _] = report.one("providers", "cloud");
    assert!(outcome == "broken" && what.contains("cannot be reached"), "{what}");
    // It is to be asked, but nobody knows where.
    let report = Report::of(home.command(PROGRAM).env("PREFECT_API_KEY", MARKER));
    assert_eq!(report.one("providers", "cloud")[0], "broken");
    let [outcome, what, _] = report.one("tls", "connection");
    assert!(outcome == "skipped" && what.contains("a setting of the Cloud is wrong"), "{what}");
}

#[test]
fn the_clock_is_compared_with_that_of_the_cloud() {
    let dated = |date: &str| {
        let answer = Response::json("{\"data\": {\"secret_names\": []}}");
        let (_cloud, report) = with_cloud(vec![answer.header("Date", date)]);
        report.one("clock", "system clock").map(str::to_owned)
    };
    let [outcome, what, next] = dated("Thu, 01 Jan 2015 00:00:00 GMT");
    assert!(outcome == "broken" && what.contains("days ahead of that of 127.0.0.1:"), "{what}");
    assert!(next.contains("timedatectl"), "{next}");
    let [outcome, what, _] = dated("Fri, 01 Jan 2100 00:00:00 GMT");
    assert!(outcome == "broken" && what.contains("days behind that of 127.0.0.1:"), "{what}");
    let [outcome, what, _] = dated("hunter2");
    assert!(outcome == "ok" && what.contains("nobody told the time"), "{what}");
    let Some(date) = find("date") else { return };
    let date = |when: &str| {
        let mut command = Command::new(&date);
        command.args(["-u", "-d", when, "+%a, %d %b %Y %H:%M:%S GMT"]).env("LC_ALL", "C");
        let output = command.output().unwrap();
        text(&output.stdout).trim().to_owned()
    };
    let [outcome, what, _] = dated(&date("now"));
    assert!(outcome == "ok" && what.contains("agrees with that of 127.0.0.1:"), "{what}");
    let [outcome, what, _] = dated(&date("now + 10 minutes"));
    assert!(outcome == "warning" && what.contains("minutes behind"), "{what}");
}

#[test]
fn authorities_are_counted_and_files_of_them_that_cannot_be_read_are_told() {
    let home = Home::new();
    let authorities = workspace().join("providers/tests/cloud_tls/loopback.pem");
    // Nobody listens there: what is looked at is what a connection would need.
    let with = |name: &str, value: &Path| {
        let mut command = home.command(PROGRAM);
        Report::of(command.env("PREFECT_API_URL", "https://127.0.0.1:1/api").env(name, value))
    };
    for name in ["PREFECT_API_SSL_CERT_FILE", "SSL_CERT_FILE"] {
        let report = with(name, &authorities);
        let [outcome, what, _] = report.one("tls", "authorities");
        assert!(
            outcome == "ok" && what.starts_with("1 certificate") && what.contains(name),
            "{what}"
        );
        let report = with(name, Path::new("/nowhere.pem"));
        let [outcome, what, next] = report.one("tls", "authorities");
        assert!(
            outcome == "broken" && what.contains("/nowhere.pem") && next.contains("PEM"),
            "{what}"
        );
    }
    let report = with("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", Path::new("true"));
    let [outcome, what, _] = report.one("tls", "authorities");
    assert!(outcome == "warning" && what.contains("not checked"), "{what}");
    let mut command = home.command(PROGRAM);
    command.env("PREFECT__CLOUD__API", "https://127.0.0.1:1").env("SSL_CERT_FILE", "/nowhere.pem");
    let report = Report::of(&mut command);
    assert_eq!(report.one("tls", "SSL_CERT_FILE")[0], "warning");
    // Nobody writes into a pipe, so nobody waits for it.
    let pipe = home.path().join("pipe");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    for (address, name) in [
        ("PREFECT_API_URL", "PREFECT_API_SSL_CERT_FILE"),
        ("PREFECT_API_URL", "SSL_CERT_FILE"),
        ("PREFECT__CLOUD__API", "SSL_CERT_FILE"),
    ] {
        let mut command = home.command(PROGRAM);
        let report = Report::of(command.env(address, "https://127.0.0.1:1").env(name, &pipe));
        let [outcome, what, _] = report.one("tls", "authorities");
        assert!(outcome == "broken" && what.ends_with("is a pipe"), "{what}");
    }
}
