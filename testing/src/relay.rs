//! Between a client and a server: counts, and makes trouble.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

/// Hands bytes on from a port of its own to a server on loopback and back, and counts the requests
/// that go by. It ends with the process.
pub struct Relay {
    port: u16,
    state: Arc<State>,
}

struct State {
    server: String,
    requests: AtomicUsize,
    connections: AtomicUsize,
    resets: AtomicUsize,
    delay_ms: AtomicU64,
    html: AtomicBool,
}

impl Relay {
    /// To the server at `address`, `http://127.0.0.1:PORT/...`.
    pub fn to(address: &str) -> Self {
        let server = address.trim_start_matches("http://").split('/').next().unwrap_or_default();
        let state = Arc::new(State {
            server: server.into(),
            requests: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            resets: AtomicUsize::new(0),
            delay_ms: AtomicU64::new(0),
            html: AtomicBool::new(false),
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let port = listener.local_addr().expect("it is bound").port();
        let accepting = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&accepting);
                thread::spawn(move || serve(&client, &state));
            }
        });
        Self { port, state }
    }

    /// `address` by way of this relay.
    pub fn address(&self, address: &str) -> String {
        let path = address.trim_start_matches("http://").split_once('/').map_or("", |(_, p)| p);
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// The requests since the last time that this was asked.
    pub fn requests(&self) -> usize {
        self.state.requests.swap(0, Ordering::SeqCst)
    }

    /// The connections since the last time that this was asked.
    pub fn connections(&self) -> usize {
        self.state.connections.swap(0, Ordering::SeqCst)
    }

    /// The next `count` requests are not answered: their connections are reset.
    pub fn reset(&self, count: usize) {
        self.state.resets.store(count, Ordering::SeqCst);
    }

    /// Every request waits this long before it goes on.
    pub fn delay(&self, delay: Duration) {
        self.state.delay_ms.store(delay.as_millis() as u64, Ordering::SeqCst);
    }

    /// Every request is answered with a web page, as a proxy that wants a login would.
    pub fn answer_with_a_page(&self, yes: bool) {
        self.state.html.store(yes, Ordering::SeqCst);
    }
}

const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 27\r\n\r\n\
                    <html>please log in</html>\n";

fn serve(client: &TcpStream, state: &State) {
    state.connections.fetch_add(1, Ordering::SeqCst);
    let Ok(server) = TcpStream::connect(&state.server) else { return };
    let back = (server.try_clone(), client.try_clone());
    let (Ok(from_server), Ok(to_client)) = back else { return };
    let broken = Arc::new(AtomicBool::new(false));
    let known = Arc::clone(&broken);
    let back = thread::spawn(move || {
        copy(&from_server, &to_client, |_| true);
        if !known.load(Ordering::SeqCst) {
            let _ = to_client.shutdown(Shutdown::Both);
        }
    });
    copy(client, &server, |piece| {
        // A request of these clients begins with a piece of its own.
        let first = piece.split(|byte| *byte == b'\r').next().unwrap_or_default();
        if !first.ends_with(b" HTTP/1.1") {
            return true;
        }
        state.requests.fetch_add(1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(state.delay_ms.load(Ordering::SeqCst)));
        let take = |left: usize| left.checked_sub(1);
        if state.resets.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
            // A close that waits for nothing is a reset.
            broken.store(true, Ordering::SeqCst);
            set_socket_linger(client, Some(Duration::ZERO)).expect("a socket");
            return false;
        }
        if state.html.load(Ordering::SeqCst) {
            let _ = (&mut &*client).write_all(PAGE.as_bytes());
            return false;
        }
        true
    });
    let _ = server.shutdown(Shutdown::Both);
    // The connection is closed when both ways are.
    let _ = back.join();
}

/// Copies until one side ends, or `goes_on` refuses a piece.
fn copy(from: &TcpStream, to: &TcpStream, goes_on: impl Fn(&[u8]) -> bool) {
    let mut piece = vec![0; 64 << 10];
    while let Ok(read @ 1..) = (&mut &*from).read(&mut piece) {
        if !goes_on(&piece[..read]) || (&mut &*to).write_all(&piece[..read]).is_err() {
            break;
        }
    }
}
