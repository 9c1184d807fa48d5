//! One request and its reply.

use bytes::Bytes;
use prefect_secrets_core::Buffer;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Body, Client, Method, Response, StatusCode, Url};

use super::fault::Fault;

/// The largest body that is read: 16 MiB.
pub(super) const LARGEST: usize = 16 << 20;
/// What a body of unknown length is first read into.
const FIRST: usize = 16 << 10;

/// One request, as a dialect wants it sent.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// Made with [`wiped`], so that trying again copies nothing.
    pub(super) body: Option<Bytes>,
}

/// What came back. The body is wiped.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    retry_after: Option<HeaderValue>,
    latin_1: bool,
    body: Buffer,
}

impl Reply {
    /// The body as text, without the mark that some servers put in front of UTF-8; `None` if it
    /// is not UTF-8.
    pub(super) fn text(&self) -> Option<&str> {
        let text = std::str::from_utf8(self.body.expose()).ok()?;
        Some(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    pub(super) fn retry_after(&self) -> Option<&HeaderValue> {
        self.retry_after.as_ref()
    }

    pub(super) fn body(&self) -> &[u8] {
        self.body.expose()
    }
}

/// `buffer` as a body or a header that is shared by count and wiped in the end.
pub(super) fn wiped(buffer: Buffer) -> Bytes {
    struct Wiped(Buffer);
    impl AsRef<[u8]> for Wiped {
        fn as_ref(&self) -> &[u8] {
            self.0.expose()
        }
    }
    Bytes::from_owner(Wiped(buffer))
}

/// Sends `call`, and reads the whole reply.
pub(super) async fn exchange(http: &Client, call: Call) -> Result<Reply, Fault> {
    let mut request = reqwest::Request::new(call.method, call.url);
    *request.headers_mut() = call.headers;
    *request.body_mut() = call.body.map(Body::from);
    let mut response = http.execute(request).await.map_err(|error| Fault::of(&error))?;
    let mut reply = Reply {
        status: response.status(),
        retry_after: response.headers().get(RETRY_AFTER).cloned(),
        latin_1: is_latin_1(response.headers().get(CONTENT_TYPE)),
        body: read(&mut response).await?,
    };
    if reply.latin_1 && !reply.body.expose().is_ascii() {
        reply.body = from_latin_1(reply.body.expose());
    }
    Ok(reply)
}

/// The body, piece by piece into one buffer: a vector that grows would leave copies behind.
async fn read(response: &mut Response) -> Result<Buffer, Fault> {
    let announced = response.content_length().map_or(Ok(FIRST), usize::try_from);
    let announced = announced.ok().filter(|size| *size <= LARGEST).ok_or(Fault::TooLarge)?;
    let mut buffer = Buffer::zeroed(announced);
    let mut len = 0;
    while let Some(piece) = response.chunk().await.map_err(|error| Fault::of(&error))? {
        let end = len + piece.len();
        if end > LARGEST {
            return Err(Fault::TooLarge);
        }
        if end > buffer.len() {
            let mut larger = Buffer::zeroed(end.max(buffer.len() * 2).min(LARGEST));
            larger.expose_mut()[..len].copy_from_slice(&buffer.expose()[..len]);
            buffer = larger;
        }
        buffer.expose_mut()[len..end].copy_from_slice(&piece);
        len = end;
    }
    buffer.truncate(len);
    Ok(buffer)
}

/// Whether a body is Latin-1: said so, or text without a word about it, which Prefect's client
/// reads so (1.4.1, measured). Everything else is UTF-8 here.
fn is_latin_1(content_type: Option<&HeaderValue>) -> bool {
    let said = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let said = said.to_ascii_lowercase();
    match said.split_once("charset=") {
        Some((_, charset)) => {
            let charset = charset.split(';').next().unwrap_or_default();
            matches!(charset.trim_matches([' ', '"', '\'']), "iso-8859-1" | "latin-1" | "latin1")
        }
        None => said.trim_start().starts_with("text/"),
    }
}

fn from_latin_1(bytes: &[u8]) -> Buffer {
    let long = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let mut text = Buffer::zeroed(bytes.len() + long);
    let mut rest = text.expose_mut();
    for &byte in bytes {
        let written = char::from(byte).encode_utf8(rest).len();
        rest = &mut rest[written..];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_a_charset_is_latin_1() {
        let latin = |text: &'static str| is_latin_1(Some(&HeaderValue::from_static(text)));
        assert!(latin("text/plain") && latin("application/json; charset=\"ISO-8859-1\""));
        assert!(!latin("application/json") && !latin("text/html; charset=utf-8"));
        assert!(!is_latin_1(None));
        assert_eq!(from_latin_1(b"p\xe4ss").expose(), "päss".as_bytes());
    }
}
