//! The servers of `examples` under load: each request is answered or refused, and nothing is left.
#![cfg(feature = "cloud")]

mod support;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use prefect_secrets_stand_in::{Response, Secrets, StandIn};
use prefect_secrets_testing::Home;
use support::server::{Server, ask, soon};
use support::{env_secret, example, with_cloud};

const TOKEN: &str = "sesame-of-the-tests-5Rw8";

/// A Cloud that has the token, and answers each request after `delay`.
fn cloud_secrets(delay: u64) -> Secrets {
    let delay = Duration::from_millis(delay);
    Secrets::new().with("TOKEN", format!("{TOKEN:?}")).delayed(delay)
}

/// A home in which no request to the Cloud is tried again: what fails is seen.
fn home() -> Home {
    let home = Home::new();
    home.config("[secrets.providers.cloud]\nretry_waits_ms = []\n");
    home
}

/// How often each answer came when `clients` clients asked `requests` times each, every second time
/// with a wrong token. Checks that nobody is let in, or kept out, by mistake.
fn load(port: u16, clients: usize, requests: usize) -> BTreeMap<String, usize> {
    let client = move || {
        let mut answers = BTreeMap::<String, usize>::new();
        for i in 0..requests {
            let (token, wrong) = if i % 2 == 0 { (TOKEN, "no\n") } else { ("guessed", "yes\n") };
            let answer = ask(port, token).unwrap_or_else(|| "cut".into());
            assert_ne!(answer, wrong, "request {i}");
            *answers.entry(answer.trim().to_owned()).or_default() += 1;
        }
        answers
    };
    let clients: Vec<_> = (0..clients).map(|_| thread::spawn(client)).collect();
    let mut answers = BTreeMap::new();
    for client in clients {
        for (answer, count) in client.join().expect("a client") {
            *answers.entry(answer).or_default() += count;
        }
    }
    answers
}

fn count(answers: &BTreeMap<String, usize>, answer: &str) -> usize {
    answers.get(answer).copied().unwrap_or_default()
}

fn start(name: &str, arguments: &[&str], set: impl FnOnce(&mut Command)) -> Server {
    let program = example(name);
    let home = home();
    let mut command = home.command(program.path());
    set(command.args(["0", "TOKEN"]).args(arguments));
    Server::start(command, home, program)
}

/// Loads the server while children of it are killed, and returns the answers and how many were.
fn load_and_kill(
    server: &Server,
    clients: usize,
    requests: usize,
) -> (BTreeMap<String, usize>, usize) {
    let (over, killed, port) = (AtomicBool::new(false), AtomicUsize::new(0), server.port);
    let answers = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(25));
                if let Some(&child) = server.children().first() {
                    server.signal(child, "KILL");
                    killed.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let answers = load(port, clients, requests);
        over.store(true, Ordering::SeqCst);
        answers
    });
    (answers, killed.into_inner())
}

#[test]
fn the_preforking_server_loses_no_client_but_those_of_children_that_are_killed() {
    let mut server = start("preforking_server", &["4"], |command| {
        env_secret(command, "TOKEN", TOKEN);
    });
    soon("four children", || server.children().len() == 4);
    let before = server.descriptors();
    let answers = load(server.port, 8, 200);
    assert_eq!((count(&answers, "yes"), count(&answers, "no")), (800, 800), "{answers:?}");

    let (answers, killed) = load_and_kill(&server, 8, 100);
    assert!(killed > 0 && count(&answers, "cut") <= killed, "{answers:?}, {killed} killed");
    assert_eq!(answers.values().sum::<usize>(), 800);
    soon("the children are replaced", || server.children().len() == 4);
    let answers = load(server.port, 4, 20);
    assert_eq!((count(&answers, "yes"), count(&answers, "no")), (40, 40), "{answers:?}");
    assert_eq!((server.descriptors(), server.threads()), (before, 1));
    assert_eq!(server.end(), "");
}

#[test]
fn the_preforking_server_reads_its_configuration_anew() {
    let mut server = start("preforking_server", &["2"], |_| {});
    assert_eq!(ask(server.port, TOKEN).as_deref(), Some("unavailable\n"));
    server.home.config(&format!("[context.secrets]\nTOKEN = {TOKEN:?}\n"));
    server.signal(server.pid(), "HUP");
    // Each child does it when it waits for a client next.
    soon("the new token is known", || load(server.port, 1, 20) == load_of(10, 10));
    // A child that comes later starts with it, too.
    let children = server.children();
    children.iter().for_each(|&child| server.signal(child, "KILL"));
    soon("the children are replaced", || {
        let new = server.children();
        new.len() == 2 && new.iter().all(|child| !children.contains(child))
    });
    assert_eq!(load(server.port, 2, 20), load_of(20, 20));
    server.end();
}

fn load_of(yes: usize, no: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([("no".into(), no), ("yes".into(), yes)])
}

#[test]
fn the_preforking_server_and_a_cloud_that_is_slow_fails_and_comes_back() {
    let cloud = StandIn::start(cloud_secrets(5)).unwrap();
    let address = cloud.address();
    let mut server = start("preforking_server", &["4"], |command| {
        with_cloud(command, &cloud);
    });
    let (answers, killed) = load_and_kill(&server, 8, 25);
    assert!(count(&answers, "cut") <= killed, "{answers:?}, {killed} killed");
    assert_eq!(count(&answers, "unavailable"), 0, "{answers:?}");

    cloud.replace(vec![Response::json("{}").status(500)]);
    let answers = load(server.port, 4, 5);
    assert_eq!(answers, BTreeMap::from([("unavailable".into(), 20)]));
    drop(cloud);
    let answers = load(server.port, 4, 5);
    assert_eq!(answers, BTreeMap::from([("unavailable".into(), 20)]));
    let port = address.rsplit(':').next().unwrap().parse().unwrap();
    let cloud = StandIn::start_on(port, cloud_secrets(0), |_| {}).unwrap();
    assert_eq!(load(server.port, 4, 20), load_of(40, 40));

    // Slower than the server waits.
    cloud.replace(cloud_secrets(60_000));
    let answers = load(server.port, 4, 1);
    assert_eq!(answers, BTreeMap::from([("unavailable".into(), 4)]));
    let said = server.end();
    assert_eq!(said.lines().count(), 44, "{said}");
    assert!(!said.contains(TOKEN) && said.lines().all(|line| line.contains("\"TOKEN\"")), "{said}");
}

#[test]
fn the_epoll_server_answers_everybody_and_waits_for_nobody() {
    let cloud = StandIn::start(cloud_secrets(20)).unwrap();
    let mut server = start("epoll_server", &["1000"], |command| {
        with_cloud(command, &cloud);
    });
    let (port, before) = (server.port, server.descriptors());
    assert_eq!(load(port, 40, 20), load_of(400, 400));
    assert!(cloud.most_at_once() > 8, "{} at once", cloud.most_at_once());

    // Many tokens on one connection, all at once: answered one after the other.
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.write_all(format!("{TOKEN}\n{TOKEN}x\n\n{TOKEN}\n").as_bytes()).unwrap();
    let mut answers = [0; 14];
    connection.read_exact(&mut answers).unwrap();
    assert_eq!(&answers, b"yes\nno\nno\nyes\n");
    drop(connection);
    // Who says too much is left.
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.write_all(&[b'x'; 1024]).unwrap();
    assert!(matches!(connection.read(&mut [0; 8]), Ok(0) | Err(_)));

    // Clients that go away while they are worked for, beside others that stay.
    cloud.replace(cloud_secrets(200));
    cloud.take_requests();
    thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..200 {
                let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
                connection.write_all(format!("{TOKEN}\n").as_bytes()).unwrap();
                thread::sleep(Duration::from_millis(i % 7));
            }
        });
        let answers = load(port, 8, 4);
        assert_eq!(answers.values().sum::<usize>(), 32);
        assert_eq!(count(&answers, "cut"), 0, "{answers:?}");
    });
    assert!(!cloud.requests().is_empty());

    cloud.replace(vec![Response::json("{}").status(500)]);
    assert_eq!(load(port, 8, 4), BTreeMap::from([("unavailable".into(), 32)]));
    cloud.replace(cloud_secrets(60_000));
    assert_eq!(load(port, 8, 1), BTreeMap::from([("unavailable".into(), 8)]));
    cloud.replace(cloud_secrets(0));
    cloud.break_connections();
    let answers = load(port, 1, 2);
    assert_eq!(count(&answers, "cut"), 0, "{answers:?}");
    assert_eq!(load(port, 8, 10), load_of(40, 40));

    // What the library keeps for the Cloud stays: no more than its connections.
    soon("its threads are gone", || server.threads() == 1);
    cloud.break_connections();
    soon("no descriptor is left", || {
        let _ = ask(port, TOKEN);
        server.descriptors() <= before + 8
    });
    assert_eq!(ask(port, TOKEN).as_deref(), Some("yes\n"));
    let said = server.end();
    assert!(!said.contains(TOKEN), "{said}");
}

#[test]
fn the_epoll_server_ends_while_it_is_waited_for() {
    let cloud = StandIn::start(cloud_secrets(60_000)).unwrap();
    let mut server = start("epoll_server", &["30000"], |command| {
        with_cloud(command, &cloud);
    });
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let mut connection = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
            connection.write_all(b"any\n").unwrap();
            connection
        })
        .collect();
    soon("they are worked for", || cloud.requests().len() >= 20);
    assert_eq!(server.end(), "");
    for mut client in clients {
        assert!(matches!(client.read(&mut [0; 8]), Ok(0) | Err(_)));
    }
}
