//! What does a secret of Prefect 3 cost, beside libcurl and beside Prefect's own client?
//!
//! A real Prefect 3 server on loopback answers all of them, in the same run; wall time, because the
//! time goes by while somebody waits. The server needs milliseconds for each answer, so the same is
//! also asked of one that answers at once (`instant`): what is ours shows there. Warm is a
//! connection that is open; cold is a process from its start to its end.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use curl::easy::{Easy, List};
use prefect_secrets_benches::Ratios;
use prefect_secrets_core::{Chain, Deadline};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::local::Environment;
use prefect_secrets_stand_in::{Response, StandIn};
use prefect_secrets_testing::{Home, Prefect3, built_as, prefect3::Setup};

const NAMES: usize = 100;
const VALUE: &str = "0123456789abcdef0123456789ABCDEF";

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
    assert_eq!(secret.expose_text(), VALUE.as_bytes());
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
        assert_eq!(document["data"]["value"], VALUE);
    }
}

/// Prefect's own client, warm.
struct Python {
    child: Child,
    pipe: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Python {
    fn start(server: &Prefect3) -> Self {
        let mut command = server.client("-c");
        command.arg(PYTHON).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, pipe: RefCell::new((input, BufReader::new(output))) }
    }

    fn time(&self, count: u64) -> Duration {
        let (input, output) = &mut *self.pipe.borrow_mut();
        writeln!(input, "{count}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        Duration::from_nanos(line.trim().parse().expect("the script answers with a number"))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cold(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, VALUE.as_bytes());
}

fn main() {
    let Some(server) = Prefect3::start(&Setup::default()) else { return };
    let program = built_as(true).cli();
    let names: Vec<String> = (0..NAMES).map(|i| format!("bench-{i}")).collect();
    let secrets: Vec<_> = names.iter().map(|name| (name.as_str(), VALUE)).collect();
    server.keep(&secrets);
    let block = format!(r#"{{"id":"i","name":"bench-0","data":{{"value":{VALUE:?}}}}}"#);
    let at_once = StandIn::start(vec![Response::json(block)]).unwrap();
    let at_once_address = format!("{}/api", at_once.address());

    let ratios = Ratios::default()
        .row("cloud/get", "cloud/libcurl", 1.0, Some((1.05, 1.3)))
        .row("cloud/get_instant", "cloud/libcurl_instant", 1.0, Some((1.05, 1.3)))
        .row("cloud/get_many_100", "cloud/get", 100.0, Some((0.05, 0.125)))
        .row("cloud/get", "cloud/python", 1.0, None)
        .row("cloud/cold_get", "cloud/cold_python", 1.0, None);
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("cloud");
    group.sample_size(50);
    let home = Home::new();
    for (suffix, address) in [("", server.address()), ("_instant", &at_once_address)] {
        let (mut curl, chain) = (Curl::new(address), chain(&home, address));
        group.bench_function(format!("libcurl{suffix}"), |bencher| bencher.iter(|| curl.get()));
        group.bench_function(format!("get{suffix}"), |bencher| bencher.iter(|| get(&chain)));
    }
    let chain = chain(&home, server.address());
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    group.sample_size(10);
    group.bench_function("get_many_100", |bencher| {
        bencher.iter(|| {
            let answers = chain.get_many(&asked, &Deadline::default());
            assert!(answers.iter().all(|answer| matches!(answer, Ok(Some(_)))));
        });
    });
    let python = Python::start(&server);
    group.bench_function("python", |bencher| bencher.iter_custom(|count| python.time(count)));
    let timed = |count: u64, command: &dyn Fn() -> Command| {
        let start = Instant::now();
        (0..count).for_each(|_| cold(command()));
        start.elapsed()
    };
    group.bench_function("cold_get", |bencher| {
        let command = || {
            let mut command = home.command(&program);
            command.env("PREFECT_API_URL", server.address()).args(["get", "bench-0"]);
            command
        };
        bencher.iter_custom(|count| timed(count, &command));
    });
    group.bench_function("cold_python", |bencher| {
        let script = "from prefect.blocks.system import Secret; \
                      print(Secret.load('bench-0').get(), end='')";
        let command = || {
            let mut command = server.client("-c");
            command.arg(script);
            command
        };
        bencher.iter_custom(|count| timed(count, &command));
    });
    group.finish();
    criterion.final_summary();
    ratios.print();
}
