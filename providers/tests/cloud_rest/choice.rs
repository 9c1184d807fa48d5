//! Which dialect is spoken, and what explain says of it.

use std::ffi::OsString;

use prefect_secrets_core::{Chain, Deadline, Explanation};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::local::Environment;
use prefect_secrets_stand_in::{Response, Secrets, StandIn};
use prefect_secrets_testing::Home;

use crate::{found, start};

fn open(home: &Home, variables: &[(&str, &str)]) -> Chain {
    let variables: Vec<(OsString, OsString)> =
        variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let environment = Environment::of(variables.into_iter(), Some(home.path().to_owned()), false);
    Opener::new().environment(environment).open().unwrap()
}

fn explained(home: &Home, variables: &[(&str, &str)]) -> (Explanation, String) {
    let explanation = open(home, variables).explain("X_Y", &Deadline::default()).unwrap();
    let cloud = explanation.links.iter().find(|link| link.provider == "cloud").unwrap();
    let reason = cloud.reason.clone().unwrap_or_default();
    (explanation, reason)
}

fn graphql() -> (StandIn, String) {
    let cloud = start(Secrets::new().with("X_Y", "\"one\""));
    let address = cloud.address();
    (cloud, address)
}

fn rest() -> (StandIn, String) {
    let cloud = start(vec![found("\"three\"")]);
    let address = format!("{}/api", cloud.address());
    (cloud, address)
}

#[test]
fn each_ones_settings_choose_its_dialect_and_prefect_3_wins() {
    let home = Home::new();
    let ((one, one_at), (three, three_at)) = (graphql(), rest());
    let said_one = [("PREFECT__CLOUD__API", &*one_at), ("PREFECT__CLOUD__API_KEY", "k")];
    let said_three = ("PREFECT_API_URL", &*three_at);

    let (explanation, reason) = explained(&home, &said_one);
    assert_eq!(explanation.outcome, "found");
    assert!(reason.contains("in GraphQL because cloud.api (environment variable"), "{reason}");
    assert_eq!((one.take_requests().len(), three.take_requests().len()), (1, 0));

    let (_, reason) = explained(&home, &[said_three]);
    assert!(reason.contains("in REST because PREFECT_API_URL (environment variable"), "{reason}");
    assert!(reason.contains("asked for as \"x-y\"") && !reason.contains("Prefect 1"), "{reason}");

    let both = [said_one[0], said_one[1], said_three];
    let (_, reason) = explained(&home, &both);
    assert!(reason.contains("in REST because PREFECT_API_URL"), "{reason}");
    assert!(reason.contains("Prefect 1 is left aside, though cloud.api"), "{reason}");
    assert_eq!((one.take_requests().len(), three.take_requests().len()), (0, 2));

    let config = home.config("[secrets.providers.cloud]\ndialect = \"graphql\"\n");
    let (_, reason) = explained(&home, &both);
    assert!(reason.contains("in GraphQL because secrets.providers.cloud.dialect says so"));
    assert!(reason.contains(config.to_str().unwrap()), "{reason}");
    assert_eq!((one.take_requests().len(), three.take_requests().len()), (1, 0));
}

#[test]
fn what_is_said_and_cannot_be_is_a_failure_of_the_cloud_alone() {
    let home = Home::new();
    let local = ("PREFECT__CONTEXT__SECRETS__HERE", "here");
    let (_, three_at) = rest();
    for (config, variables, said) in [
        ("dialect = \"soap\"", &[("PREFECT_API_URL", &*three_at)][..], "is not \"rest\" or"),
        ("dialect = \"rest\"", &[], "PREFECT_API_URL is not set"),
        ("map_names = 7", &[("PREFECT_API_URL", &*three_at)], "map_names"),
        ("retry_waits_ms = \"soon\"", &[("PREFECT_API_URL", &*three_at)], "retry_waits_ms"),
        ("", &[("PREFECT_API_KEY", "k")], "PREFECT_API_URL is not"),
    ] {
        home.config(&format!("[secrets.providers.cloud]\n{config}\n"));
        let chain = open(&home, &[variables, &[local]].concat());
        assert!(chain.get("HERE", &Deadline::default()).unwrap().is_some());
        let error = chain.get("X", &Deadline::default()).unwrap_err();
        assert!(error.what().contains(said) && error.provider() == Some("cloud"), "{error}");
    }
}

#[test]
fn a_credential_of_prefect_3_without_an_address_leaves_prefect_1_alone() {
    let home = Home::new();
    let (_cloud, address) = graphql();
    let (explanation, _) =
        explained(&home, &[("PREFECT__CLOUD__API", &address), ("PREFECT_API_KEY", "k")]);
    assert_eq!(explanation.outcome, "found");
}

#[test]
fn mapping_can_be_turned_off() {
    let home = Home::new();
    let (cloud, address) = rest();
    home.config("[secrets.providers.cloud]\nmap_names = false\n");
    let (explanation, reason) = explained(&home, &[("PREFECT_API_URL", &address)]);
    assert_eq!(explanation.outcome, "absent");
    assert!(
        reason.contains("cannot be there") && reason.contains("map_names is false"),
        "{reason}"
    );
    assert!(cloud.requests().is_empty());
}

#[test]
fn a_failure_is_explained_beside_the_reason_for_asking() {
    let home = Home::new();
    let cloud = start(vec![Response::body("").status(500)]);
    let address = format!("{}/api", cloud.address());
    let (_, reason) = explained(&home, &[("PREFECT_API_URL", &address)]);
    assert!(reason.contains("answered 500") && reason.contains("in REST because"), "{reason}");
}

#[test]
fn a_refresh_reads_the_profile_anew() {
    let home = Home::new();
    let (_cloud, address) = rest();
    let chain = open(&home, &[]);
    assert!(chain.get("X", &Deadline::default()).unwrap().is_none());
    home.write(
        ".prefect/profiles.toml",
        format!("active = 'a'\n[profiles.a]\nPREFECT_API_URL = '{address}'\n"),
    );
    assert!(chain.get("X", &Deadline::default()).unwrap().is_none());
    chain.refresh(&Deadline::default()).unwrap();
    assert!(chain.get("X", &Deadline::default()).unwrap().is_some());
}
