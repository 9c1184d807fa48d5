//! One connection: requests in, responses out.

use std::io::{self, Write as _};
use std::net::TcpStream;

use crate::Response;
use crate::cloud::Cloud;
use crate::http::{Fault, Incoming, Reader};
use crate::live::Live;

/// A connection and its number among the live ones.
pub(crate) struct Connection<'a> {
    pub(crate) stream: &'a TcpStream,
    pub(crate) number: usize,
    pub(crate) live: &'a Live,
    pub(crate) cloud: &'a Cloud,
}

impl Connection<'_> {
    /// Answers until one of the two sides ends the connection.
    pub(crate) fn serve(self) {
        let mut reader = Reader::new(self.stream);
        loop {
            match reader.next() {
                Ok(incoming) => match self.answer(incoming) {
                    Ok(true) => {}
                    Ok(false) | Err(_) => break,
                },
                Err(Fault::Refused(status)) => {
                    let refusal = Response::body("").status(status).to_bytes(true, false);
                    // The client may have gone already; the connection ends either way.
                    let _ = self.write(&refusal);
                    break;
                }
                Err(Fault::Gone) => break,
            }
        }
    }

    /// Says whether another request may follow.
    fn answer(&self, incoming: Incoming) -> io::Result<bool> {
        let head_only = incoming.request.method == "HEAD";
        let response = self.cloud.receive(incoming.request);
        let open = self.live.wait(self.number, response.wait());
        // Before the write: a client that has its answer may ask again on another connection, and
        // that would count as two at once.
        self.cloud.finish();
        if !open {
            return Ok(false);
        }
        let closing = response.closes() || !incoming.keep_alive;
        self.write(&response.to_bytes(closing, head_only))?;
        Ok(!closing)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stream = self.stream;
        stream.write_all(bytes)
    }
}

impl Drop for Connection<'_> {
    /// Also where an observer panics, so that no client waits for its answer for ever.
    fn drop(&mut self) {
        self.live.close(self.number);
    }
}
