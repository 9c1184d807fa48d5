//! What does a secret of Prefect 3 cost, beside libcurl and beside Prefect's own client?
//!
//! A real Prefect 3 server on loopback answers all of them, in the same run; wall time, because the
//! time goes by while somebody waits. The server needs milliseconds for each answer, so the same is
//! also asked of one that answers at once (`instant`): what is ours shows there. Warm is a
//! connection that is open; cold is a process from its start to its end.

use std::ffi::OsString;
use std::process::Command;
use std::rc::Rc;

use curl::easy::{Easy, List};
use prefect_secrets_benches::{Program, VALUE};
use prefect_secrets_core::{Chain, Deadline};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::local::Environment;
use prefect_secrets_stand_in::{Response, StandIn};
use prefect_secrets_testing::{Home, Prefect3, prefect3::Setup, program};

use crate::measure::{Loop, check};

const NAMES: usize = 100;

/// Loads one block again and again, and answers each number of times with nanoseconds.
const PYTHON: &str = "
import sys, time
from prefect.blocks.system import Secret
value = Secret.load('bench-0').get()
for line in sys.stdin:
    start = time.perf_counter_ns()
    for _ in range(int(line)):
        assert Secret.load('bench-0').get() == value
    print(time.perf_counter_ns() - start, flush=True)
";

/// The chain of a program in an empty home, told of the API at `address`.
fn chain(home: &Home, address: &str) -> Chain {
    let variables: [(OsString, OsString); 1] = [("PREFECT_API_URL".into(), address.into())];
    let environment = Environment::of(variables.into_iter(), Some(home.path().into()), false);
    Opener::new().environment(environment).open().unwrap()
}

fn get(chain: &Chain) {
    let secret = chain.get("bench-0", &Deadline::default()).unwrap().expect("it is there");
    check(secret.expose_text());
}

/// libcurl with a connection that stays open, and a body that is read and looked into.
struct Curl(Easy);

impl Curl {
    fn new(address: &str) -> Self {
        let mut easy = Easy::new();
        let path = "block_types/slug/secret/block_documents/name/bench-0?include_secrets=true";
        easy.url(&format!("{address}/{path}")).unwrap();
        let mut headers = List::new();
        headers.append("Accept: application/json").unwrap();
        easy.http_headers(headers).unwrap();
        Self(easy)
    }

    fn get(&mut self) {
        let mut body = Vec::with_capacity(16 << 10);
        let mut transfer = self.0.transfer();
        transfer
            .write_function(|piece| {
                body.extend_from_slice(piece);
                Ok(piece.len())
            })
            .unwrap();
        transfer.perform().unwrap();
        drop(transfer);
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        check(document["data"]["value"].as_str().unwrap().as_bytes());
    }
}

fn cold(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, VALUE.as_bytes());
}

/// A server that answers every request at once, in a process of its own; until its input ends.
pub(crate) fn serve() {
    let block = format!(r#"{{"id":"i","name":"bench-0","data":{{"value":{VALUE:?}}}}}"#);
    let server = StandIn::start(vec![Response::json(block)]).unwrap();
    println!("{}/api", server.address());
    let _ = std::io::read_to_string(std::io::stdin());
}

/// A get and libcurl, at this address.
fn both(suffix: &str, address: &str) -> [Loop; 2] {
    let home = Home::new();
    let (mut curl, chain) = (Curl::new(address), chain(&home, address));
    [
        Loop::wall(format!("libcurl{suffix}"), move || curl.get()),
        Loop::wall(format!("get{suffix}"), move || get(&chain)),
    ]
}

/// At the address that `cargo xtask bench` gives.
pub(crate) fn given() -> Vec<Loop> {
    let address = std::env::var("PREFECT_API_URL").expect("the address of a server");
    both("", &address).into()
}

pub(crate) fn loops() -> Vec<Loop> {
    let mut serving = Command::new(std::env::current_exe().unwrap());
    let serving = Rc::new(Program::start(serving.arg("--serve")).unwrap());
    let at_once = serving.say("").unwrap();
    let mut loops: Vec<Loop> = both("_instant", &at_once)
        .into_iter()
        .map(|Loop { name, mut run }| {
            let serving = serving.clone();
            Loop::new(name, move |count| {
                let _serving = &serving;
                run(count)
            })
        })
        .collect();
    let Some(server) = Prefect3::start(&Setup::default()) else { return loops };
    let server = Rc::new(server);
    let names: Vec<String> = (0..NAMES).map(|i| format!("bench-{i}")).collect();
    let secrets: Vec<_> = names.iter().map(|name| (name.as_str(), VALUE)).collect();
    server.keep(&secrets);
    loops.extend(both("", server.address()));
    let home = Rc::new(Home::new());
    let many = chain(&home, server.address());
    loops.push(Loop::wall("get_many_100", move || {
        let asked: Vec<&str> = names.iter().map(String::as_str).collect();
        let answers = many.get_many(&asked, &Deadline::default());
        assert!(answers.iter().all(|answer| matches!(answer, Ok(Some(_)))));
    }));
    let mut python = server.client("-c");
    let python = Program::start(python.arg(PYTHON)).unwrap();
    loops.push(Loop::new("python", move |count| {
        std::time::Duration::from_nanos(python.number(&count.to_string()).unwrap() as u64)
    }));
    let cli = program("prefect-secrets-cli", "--bin", "prefect-secrets");
    let theirs = server.clone();
    loops.push(Loop::wall("cold_get", move || {
        let mut command = home.command(&cli);
        command.env("PREFECT_API_URL", server.address()).args(["get", "bench-0"]);
        cold(command);
    }));
    loops.push(Loop::wall("cold_python", move || {
        let script = "from prefect.blocks.system import Secret; \
                      print(Secret.load('bench-0').get(), end='')";
        let mut command = theirs.client("-c");
        command.arg(script);
        cold(command);
    }));
    loops
}
