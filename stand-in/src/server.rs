//! The server: one thread that accepts, one for each connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::cloud::Cloud;
use crate::connection::Connection;
use crate::live::Live;
use crate::{Behaviour, Request};

/// A running stand-in. Any thread may ask it anything; dropping it closes all connections and the
/// port, and waits for its threads, delays cut short.
pub struct StandIn {
    address: SocketAddr,
    live: Arc<Live>,
    cloud: Arc<Cloud>,
    acceptor: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Starts on a free port of 127.0.0.1. It accepts connections when this returns.
    pub fn start(behaviour: impl Into<Behaviour>) -> io::Result<Self> {
        Self::start_on(0, behaviour, |_| {})
    }

    /// Starts on this port of 127.0.0.1 (0 for a free one). Each request is shown to `observe`
    /// before it is answered, on its connection's thread.
    pub fn start_on(
        port: u16,
        behaviour: impl Into<Behaviour>,
        observe: impl Fn(&Request) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let live = Arc::new(Live::default());
        let cloud = Arc::new(Cloud::new(behaviour.into(), observe));
        let acceptor = {
            let (live, cloud) = (Arc::clone(&live), Arc::clone(&cloud));
            thread::Builder::new()
                .name("stand-in".to_owned())
                .spawn(move || accept(&listener, &live, &cloud))?
        };
        Ok(Self { address, live, cloud, acceptor: Some(acceptor) })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every request received whole so far, or since [`take_requests`](Self::take_requests), in
    /// the order in which they were answered. A request is listed before its answer is sent.
    pub fn requests(&self) -> Vec<Request> {
        self.cloud.requests()
    }

    /// As [`requests`](Self::requests), and forgets them.
    pub fn take_requests(&self) -> Vec<Request> {
        self.cloud.take_requests()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.live.accepted()
    }

    /// The highest number of requests that were in progress at the same time: received whole, and
    /// not yet being answered.
    pub fn most_at_once(&self) -> usize {
        self.cloud.most_at_once()
    }

    /// Behaves like this from the next request on; a script starts with its first response. What a
    /// replaced [`Secrets`](crate::Secrets) had learned is forgotten.
    pub fn replace(&self, behaviour: impl Into<Behaviour>) {
        self.cloud.replace(behaviour.into());
    }

    /// Closes all connections accepted so far, those in the middle of a request too. New ones are
    /// accepted as before.
    pub fn break_connections(&self) {
        self.live.close_all();
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.live.stop();
        // The acceptor sees that it has to stop when it next accepts, so give it something to
        // accept. Where that fails (no descriptor left), waiting for it would never end.
        let woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let (Ok(_), Some(acceptor)) = (woken, self.acceptor.take()) {
            let ended = acceptor.join();
            assert!(ended.is_ok() || thread::panicking(), "a thread of the stand-in panicked");
        }
    }
}

fn accept(listener: &TcpListener, live: &Live, cloud: &Cloud) {
    // The scope waits for the threads of all connections when the loop has ended.
    thread::scope(|scope| {
        loop {
            let Ok((stream, _)) = listener.accept() else {
                // Out of descriptors: they come back as connections end.
                thread::sleep(Duration::from_millis(10));
                continue;
            };
            // It fails only on a connection that is dead already, which reading will show.
            let _ = stream.set_nodelay(true);
            let stream = Arc::new(stream);
            let Some(number) = live.admit(Arc::clone(&stream)) else {
                break;
            };
            scope.spawn(move || {
                let stream = &stream;
                let connection = Connection { stream, number, live, cloud };
                connection.serve();
            });
        }
    });
}
