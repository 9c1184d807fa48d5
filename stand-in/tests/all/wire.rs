//! A client that shows what is on the wire: plain TCP, no HTTP library.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const GET: &str = "query($name: String!) {\n        secret_value(name: $name)\n}";

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// One response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    pub(crate) fn only_error(&self) -> Value {
        match self.json()["errors"].as_array().map(Vec::as_slice) {
            Some([error]) => error.clone(),
            _ => panic!("not one error: {self:?}"),
        }
    }

    /// A refusal of the request as a whole: its code.
    pub(crate) fn refusal(&self) -> String {
        assert_eq!(self.status, 400, "{self:?}");
        assert!(self.json().get("data").is_none(), "{self:?}");
        let error = self.only_error();
        assert!(error["message"].is_string(), "{self:?}");
        error["extensions"]["code"].as_str().unwrap().to_owned()
    }
}

impl Wire {
    pub(crate) fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let unread = Vec::new();
        Self { stream, unread }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Posts as Prefect's client does: variables are JSON inside a JSON string.
    pub(crate) fn ask(&mut self, query: &str, variables: Value) -> Answer {
        let body = json!({ "query": query, "variables": variables.to_string() });
        self.post(&body.to_string(), "")
    }

    pub(crate) fn get(&mut self, name: &str) -> Answer {
        self.ask(GET, json!({ "name": name }))
    }

    /// `headers` end with a line end each.
    pub(crate) fn post(&mut self, body: &str, headers: &str) -> Answer {
        self.send(post(body, headers));
        self.answer()
    }

    pub(crate) fn answer(&mut self) -> Answer {
        let end = loop {
            match self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => assert!(self.more(), "closed within a head: {:?}", self.unread),
            }
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        let length = header(&head, "Content-Length").map_or(0, |length| length.parse().unwrap());
        while self.unread.len() < length {
            assert!(self.more(), "closed within a body");
        }
        let body: Vec<u8> = self.unread.drain(..length).collect();
        Answer {
            status: head[9..12].parse().unwrap(),
            body: String::from_utf8(body).unwrap(),
            head,
        }
    }

    /// Everything until the other side closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.more() {}
        std::mem::take(&mut self.unread)
    }

    fn more(&mut self) -> bool {
        let mut bytes = [0; 4096];
        // A reset is an end too: it depends on what was still unread on the other side.
        let count = loop {
            match self.stream.read(&mut bytes) {
                Ok(count) => break count,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break 0,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("neither data nor an end: {error}"),
            }
        };
        self.unread.extend_from_slice(&bytes[..count]);
        count > 0
    }
}

pub(crate) fn post(body: &str, headers: &str) -> String {
    let length = body.len();
    format!("POST / HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut named = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value)
}
