//! The recorded situations of Prefect 1.4.1, through the command line and a real server.

use std::process::Command;

use prefect_secrets_stand_in::{Behaviour, Secrets, StandIn};
use prefect_secrets_testing::Home;
use prefect_secrets_testing::recorded::{Case, Outcome, Place, Recorded, Sent, check_all, lines};

const PROGRAM: &str = env!("CARGO_BIN_EXE_prefect-secrets");

fn outcome(case: &Case, place: &Place) -> Outcome {
    // `env` keeps the order of the variables; `Command` sorts them.
    let mut command = Command::new("env");
    command.arg("-i");
    for (name, value) in case.environment(place) {
        command.arg(format!("{name}={value}"));
    }
    command.arg(PROGRAM).arg(&case.op);
    command.args((case.op == "get").then_some("--json")).args(["--", &case.name]);
    let output = command.output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match (output.status.code(), case.op.as_str()) {
        (Some(0), "get") => Outcome::Found(text(&output.stdout)),
        (Some(3), "get") => Outcome::NotFound,
        (Some(code @ (0 | 3)), "exists") => Outcome::Answer(code == 0),
        (Some(1), _) => Outcome::Failed(text(&output.stderr)),
        (code, op) => panic!("{}: {op} ended with {code:?}", case.id),
    }
}

fn check(line: &str) -> Option<String> {
    let Recorded { case, expected } = serde_json::from_str(line).expect("a recorded case");
    let (home, server) = (Home::new(), StandIn::start(Secrets::new()).expect("a free port"));
    let place = Place { api: server.address(), home: home.path().into() };
    if let Some(behaviour) = case.behaviour(&place) {
        let behaviour: Behaviour = serde_json::from_str(&behaviour).expect("a behaviour");
        server.replace(behaviour);
    }
    case.write(&home, &place);
    let outcome = outcome(&case, &place);
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
    check_all(&lines("cases.jsonl"), 4, check);
}
