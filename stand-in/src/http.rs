//! Requests out of a byte stream: HTTP/1.1 with keep-alive, pipelining and chunks.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use httparse::Status;

use crate::Request;

const HEAD_LIMIT: usize = 64 * 1024;
const BODY_LIMIT: usize = 64 * 1024 * 1024;
const HEADERS_LIMIT: usize = 128;

/// Reads requests from a connection, one after the other.
pub(crate) struct Reader<'a> {
    stream: &'a TcpStream,
    unread: Vec<u8>,
}

/// A request, and whether the client wants to send another one after it.
pub(crate) struct Incoming {
    pub(crate) request: Request,
    pub(crate) keep_alive: bool,
}

/// Why there is no request.
pub(crate) enum Fault {
    /// The connection ended.
    Gone,
    /// What came is no request; the status says why.
    Refused(u16),
}

impl From<io::Error> for Fault {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(stream: &'a TcpStream) -> Self {
        let unread = Vec::new();
        Self { stream, unread }
    }

    pub(crate) fn next(&mut self) -> Result<Incoming, Fault> {
        let mut incoming = self.parsed(head)?;
        let request = &mut incoming.request;
        let says = |name, word: &str| {
            let value = request.header(name).unwrap_or_default();
            value.to_ascii_lowercase().contains(word)
        };
        if says("Expect", "100-continue") {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        request.body = if says("Transfer-Encoding", "chunked") {
            self.chunks()?
        } else {
            match request.header("Content-Length").map(str::trim) {
                Some(length) => self.take(length.parse().map_err(|_| Fault::Refused(400))?)?,
                None => Vec::new(),
            }
        };
        Ok(incoming)
    }

    fn chunks(&mut self) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        loop {
            let size = self.parsed(httparse::parse_chunk_size)?;
            if size == 0 {
                self.parsed(trailers)?;
                return Ok(body);
            }
            body.extend(self.take(usize::try_from(size).unwrap_or(usize::MAX))?);
            if body.len() > BODY_LIMIT {
                return Err(Fault::Refused(413));
            }
            if self.take(2)? != b"\r\n" {
                return Err(Fault::Refused(400));
            }
        }
    }

    /// Reads until `parse` finds a whole one, and takes it.
    fn parsed<T, E>(
        &mut self,
        parse: impl Fn(&[u8]) -> Result<Status<(usize, T)>, E>,
    ) -> Result<T, Fault> {
        loop {
            match parse(&self.unread) {
                Ok(Status::Complete((used, parsed))) => {
                    self.unread.drain(..used);
                    return Ok(parsed);
                }
                Ok(Status::Partial) if self.unread.len() > HEAD_LIMIT => {
                    return Err(Fault::Refused(431));
                }
                Ok(Status::Partial) => self.more()?,
                Err(_) => return Err(Fault::Refused(400)),
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, Fault> {
        if length > BODY_LIMIT {
            return Err(Fault::Refused(413));
        }
        while self.unread.len() < length {
            self.more()?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    /// Reads what is there, which after a signal may be nothing.
    fn more(&mut self) -> Result<(), Fault> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(Fault::Gone),
            Ok(count) => {
                self.unread.extend_from_slice(&bytes[..count]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn head(bytes: &[u8]) -> httparse::Result<(usize, Incoming)> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_LIMIT];
    let mut head = httparse::Request::new(&mut headers);
    let Status::Complete(used) = head.parse(bytes)? else {
        return Ok(Status::Partial);
    };
    let request = Request {
        method: head.method.unwrap_or_default().to_owned(),
        path: head.path.unwrap_or_default().to_owned(),
        headers: head
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), value(bytes, header.value)))
            .collect(),
        body: Vec::new(),
    };
    let connection = request.header("Connection").unwrap_or_default();
    let connection = connection.to_ascii_lowercase();
    let keep_alive = match head.version {
        Some(0) => connection.contains("keep-alive"),
        _ => !connection.contains("close"),
    };
    Ok(Status::Complete((used, Incoming { request, keep_alive })))
}

/// The value of a header with the white space at its end, which the parser cuts off: a key that
/// ends with a space is among the recorded cases.
fn value(head: &[u8], value: &[u8]) -> String {
    let end = (value.as_ptr().addr() + value.len()).wrapping_sub(head.as_ptr().addr());
    let after = if value.is_empty() { &[] } else { &head[end..] };
    let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    value.iter().chain(blanks).copied().map(char::from).collect()
}

fn trailers(bytes: &[u8]) -> httparse::Result<(usize, ())> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_LIMIT];
    Ok(match httparse::parse_headers(bytes, &mut headers)? {
        Status::Complete((used, _)) => Status::Complete((used, ())),
        Status::Partial => Status::Partial,
    })
}
