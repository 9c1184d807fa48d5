//! Whole situations, each with a real server where there is one.

use prefect_secrets_core::{Deadline, Error};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::local::Environment;
use prefect_secrets_stand_in::{Behaviour, Secrets, StandIn};
use prefect_secrets_testing::Home;
use prefect_secrets_testing::recorded::{Case, Outcome, Place, Recorded, Sent, check_all, lines};

fn outcome(case: &Case, place: &Place) -> Result<Outcome, Error> {
    let variables = case.environment(place);
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let environment = Environment::of(variables, None, false);
    let chain = Opener::new().environment(environment).open()?;
    let deadline = Deadline::default();
    if case.op == "exists" {
        return chain.exists(&case.name, &deadline).map(Outcome::Answer);
    }
    Ok(match chain.get(&case.name, &deadline)? {
        Some(secret) => Outcome::Found(secret.expose_json()?.to_owned()),
        None => Outcome::NotFound,
    })
}

fn check(line: &str) -> Option<String> {
    let Recorded { case, expected } = serde_json::from_str(line).expect("a recorded case");
    // The proxy is a matter of the whole process; the command line runs these.
    if case.env.0.iter().any(|(name, _)| name.ends_with("_PROXY")) {
        return None;
    }
    let (home, server) = (Home::new(), StandIn::start(Secrets::new()).expect("a free port"));
    let place = Place { api: server.address(), home: home.path().into() };
    if let Some(behaviour) = case.behaviour(&place) {
        let behaviour: Behaviour = serde_json::from_str(&behaviour).expect("a behaviour");
        server.replace(behaviour);
    }
    case.write(&home, &place);
    let outcome = outcome(&case, &place).unwrap_or_else(|error| Outcome::Failed(error.to_string()));
    let sent = server.requests().into_iter().map(|request| Sent {
        method: request.method,
        path: request.path,
        body: String::from_utf8_lossy(&request.body).into_owned(),
        headers: request.headers,
    });
    let complaint = expected.complaint(&outcome, &sent.collect::<Vec<_>>(), &place)?;
    Some(format!("{} ({}): {complaint}", case.id, case.desc))
}

#[test]
fn situations_come_out_as_recorded() {
    check_all(&lines("cases.jsonl"), 8, check);
}
