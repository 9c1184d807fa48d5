//! Connections: kept, overlapping, broken, and requests in every framing.

use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use prefect_secrets_stand_in::{Response, Secrets, StandIn};

use crate::wire::{Wire, post};

fn echo() -> (StandIn, Wire) {
    let stand_in = StandIn::start(vec![Response::body("here")]).unwrap();
    let wire = Wire::connect(stand_in.port());
    (stand_in, wire)
}

#[test]
fn a_connection_is_kept() {
    let (stand_in, mut wire) = echo();
    for _ in 0..20 {
        assert_eq!(wire.post("{}", "").body, "here");
    }
    assert_eq!((stand_in.connections(), stand_in.requests().len()), (1, 20));
    assert_eq!(stand_in.most_at_once(), 1);
    assert_eq!(stand_in.address(), format!("http://127.0.0.1:{}", stand_in.port()));
}

#[test]
fn requests_are_shown_as_they_came() {
    let (stand_in, mut wire) = echo();
    wire.send(
        b"PUT http://prefect.invalid/g?x=1 HTTP/1.1\r\nX-One:  a b \r\nx-one: \xe9\r\nEmpty: \r\n\
          Content-Length: 3\r\n\r\n\x00\xff\n",
    );
    wire.answer();
    let request = stand_in.take_requests().remove(0);
    assert_eq!((&*request.method, &*request.path), ("PUT", "http://prefect.invalid/g?x=1"));
    let expected = [("X-One", "a b "), ("x-one", "é"), ("Empty", ""), ("Content-Length", "3")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(request.headers, expected);
    assert_eq!(request.header("X-ONE"), Some("a b "));
    assert_eq!(request.header("Host"), None);
    assert_eq!(request.body, b"\x00\xff\n");
    assert!(stand_in.requests().is_empty());
}

#[test]
fn a_request_may_come_in_pieces_in_chunks_or_in_a_row() {
    let (stand_in, mut wire) = echo();
    for piece in post("abc", "").as_bytes() {
        wire.send([*piece]);
    }
    wire.answer();
    let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
                   2\r\nde\r\n1;x=y\r\nf\r\n0\r\nTrailer: 1\r\n\r\n";
    wire.send(format!("{chunked}{chunked}{}", post("ghi", "")));
    for _ in 0..3 {
        assert_eq!(wire.answer().body, "here");
    }
    wire.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(wire.answer().status, 100);
    wire.send("jkl");
    assert_eq!(wire.answer().status, 200);
    let bodies: Vec<_> = stand_in.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, ["abc", "def", "def", "ghi", "jkl"].map(str::as_bytes));
}

#[test]
fn the_client_may_ask_to_close() {
    let (stand_in, mut wire) = echo();
    assert_eq!(wire.post("{}", "Connection: Close\r\n").body, "here");
    assert_eq!(wire.rest(), b"");
    let mut old = Wire::connect(stand_in.port());
    old.send("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(old.answer().body, "here");
    assert_eq!(old.rest(), b"");
}

#[test]
fn what_is_not_http_is_refused_and_not_listed() {
    let (stand_in, _) = echo();
    for (bytes, status) in [
        ("\0\r\n\r\n".to_owned(), 400),
        ("POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n".to_owned(), 400),
        ("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n".to_owned(), 413),
        (format!("POST / HTTP/1.1\r\nA: {}", "a".repeat(64 * 1024)), 431),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n".to_owned(), 400),
    ] {
        let mut wire = Wire::connect(stand_in.port());
        wire.send(bytes);
        assert_eq!(wire.answer().status, status);
        assert_eq!(wire.rest(), b"");
    }
    assert!(stand_in.requests().is_empty());
}

#[test]
fn two_connections_are_answered_at_the_same_time() {
    let delay = Duration::from_millis(400);
    let stand_in = StandIn::start(Secrets::new().with("X", "1").delayed(delay)).unwrap();
    let mut wires = [(); 2].map(|()| Wire::connect(stand_in.port()));
    let started = Instant::now();
    for wire in &mut wires {
        wire.send(post(r#"{"query": "{secret_names}"}"#, ""));
    }
    for wire in &mut wires {
        assert_eq!(wire.answer().status, 200);
    }
    assert!(started.elapsed() >= delay);
    assert_eq!((stand_in.connections(), stand_in.most_at_once()), (2, 2));
}

#[test]
fn broken_connections_end_and_new_ones_begin() {
    let (stand_in, mut idle) = echo();
    assert_eq!(idle.post("{}", "").body, "here");
    let never = Duration::from_secs(3600);
    stand_in.replace(vec![Response::body("late").delay(never), Response::body("new")]);
    let mut waiting = Wire::connect(stand_in.port());
    waiting.send(post("{}", ""));
    while stand_in.requests().len() < 2 {
        thread::sleep(Duration::from_millis(1));
    }
    stand_in.break_connections();
    assert_eq!(idle.rest(), b"");
    assert_eq!(waiting.rest(), b"");
    assert_eq!(Wire::connect(stand_in.port()).post("{}", "").body, "new");
    assert_eq!(stand_in.connections(), 3);
}

#[test]
fn dropping_ends_everything_at_once() {
    let never = Duration::from_secs(3600);
    let stand_in = StandIn::start(vec![Response::body("late").delay(never)]).unwrap();
    let port = stand_in.port();
    let mut wire = Wire::connect(port);
    wire.send(post("{}", ""));
    let _idle = Wire::connect(port);
    while stand_in.requests().is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    let started = Instant::now();
    drop(stand_in);
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(wire.rest(), b"");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn an_observer_sees_a_request_before_its_answer() {
    let (sender, seen) = mpsc::channel();
    let observe = move |request: &prefect_secrets_stand_in::Request| {
        sender.send(request.path.clone()).unwrap();
    };
    let stand_in = StandIn::start_on(0, vec![Response::body("")], observe).unwrap();
    Wire::connect(stand_in.port()).post("{}", "");
    assert_eq!(seen.try_recv().as_deref(), Ok("/"));
    let taken = StandIn::start_on(stand_in.port(), Secrets::new(), |_| {});
    assert!(taken.is_err(), "two stand-ins on one port");
}
