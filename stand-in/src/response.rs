//! One response of a script, and its bytes.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One response: what is sent, after which delay, and whether the connection ends with it.
///
/// In JSON an object whose members may all be left out: `status` (200), `headers` (an object), one
/// of `json`, `body`, `body_b64`, `raw` and `raw_b64`, `delay_ms` and `close`. Other members are an
/// error. `close` with neither a status nor content closes without an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Recorded")]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    content: Content,
    delay: Duration,
    close: bool,
}

#[derive(Clone, Debug)]
enum Content {
    Body(Vec<u8>),
    /// Everything from the status line on.
    Raw(Vec<u8>),
}

impl Response {
    /// A 200 with this JSON text, sent as it is, and `Content-Type: application/json`.
    pub fn json(text: impl Into<String>) -> Self {
        Self::body(text.into()).header("Content-Type", "application/json")
    }

    /// A 200 with this body and no `Content-Type`.
    pub fn body(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content: Content::Body(body.into()),
            delay: Duration::ZERO,
            close: false,
        }
    }

    /// These bytes instead of an HTTP response; then the connection is closed, since only the bytes
    /// themselves know where they would end. A status and headers set on it are not sent.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        let mut response = Self::body("");
        response.content = Content::Raw(bytes.into());
        response.then_close()
    }

    /// No answer: the connection is closed.
    pub fn close() -> Self {
        Self::raw("")
    }

    /// The same with this status.
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same with one more header. `Content-Length` replaces the computed one; so does
    /// `Transfer-Encoding`, with which the body has to be encoded already.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same, sent this long after the request was received whole.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The same, and the connection is closed after it.
    pub fn then_close(mut self) -> Self {
        self.close = true;
        self
    }

    pub(crate) fn wait(&self) -> Duration {
        self.delay
    }

    pub(crate) fn closes(&self) -> bool {
        self.close
    }

    /// The bytes on the wire. `closing` is announced, `head_only` answers a HEAD.
    pub(crate) fn to_bytes(&self, closing: bool, head_only: bool) -> Vec<u8> {
        let body = match &self.content {
            Content::Raw(bytes) => return bytes.clone(),
            Content::Body(body) => body,
        };
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let bodiless = matches!(self.status, 100..=199 | 204 | 304);
        if !bodiless && !self.says("Content-Length") && !self.says("Transfer-Encoding") {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        if closing && !self.says("Connection") {
            head += "Connection: close\r\n";
        }
        head += "\r\n";
        let mut bytes = head.into_bytes();
        if !bodiless && !head_only {
            bytes.extend_from_slice(body);
        }
        bytes
    }

    fn says(&self, name: &str) -> bool {
        let mut headers = self.headers.iter();
        headers.any(|(found, _)| found.eq_ignore_ascii_case(name))
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200..=299 => "OK",
        300..=399 => "Elsewhere",
        400..=499 => "Client Error",
        500..=599 => "Server Error",
        _ => "Unnamed",
    }
}

/// A response as the recorded cases write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    // Without `present` a `"json": null` would read as no member at all.
    #[serde(default, deserialize_with = "present")]
    json: Option<Box<RawValue>>,
    body: Option<String>,
    body_b64: Option<String>,
    raw: Option<String>,
    raw_b64: Option<String>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    close: bool,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::deserialize(deserializer).map(Some)
}

impl TryFrom<Recorded> for Response {
    type Error = String;

    fn try_from(recorded: Recorded) -> Result<Self, String> {
        let decoded =
            |text: String| BASE64.decode(text).map_err(|error| format!("not Base64: {error}"));
        let contents = [
            recorded.json.map(|json| Ok(Self::json(json.get()))),
            recorded.body.map(|body| Ok(Self::body(body))),
            recorded.body_b64.map(|body| decoded(body).map(Self::body)),
            recorded.raw.map(|raw| Ok(Self::raw(raw))),
            recorded.raw_b64.map(|raw| decoded(raw).map(Self::raw)),
        ];
        let mut contents = contents.into_iter().flatten();
        let mut response = match (contents.next(), recorded.status) {
            (Some(response), _) => response?,
            (None, None) if recorded.close => Self::close(),
            (None, _) => Self::body(""),
        };
        if contents.next().is_some() {
            return Err("a response has one of json, body, body_b64, raw and raw_b64".to_owned());
        }
        for (name, value) in recorded.headers {
            response.headers.retain(|(default, _)| !default.eq_ignore_ascii_case(&name));
            response = response.header(name, value);
        }
        response.status = recorded.status.unwrap_or(response.status);
        response.delay = Duration::from_millis(recorded.delay_ms);
        response.close |= recorded.close;
        Ok(response)
    }
}
