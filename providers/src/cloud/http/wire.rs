//! One request and its reply.

use std::sync::Arc;

use bytes::Bytes;
use prefect_secrets_core::Buffer;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Body, Client, Method, Response, StatusCode, Url};

use super::fault::Fault;
use super::latin_1;

/// The largest body that is read: 16 MiB.
pub(in crate::cloud) const LARGEST: usize = 16 << 20;
/// What a body of unknown length is first read into.
const FIRST: usize = 16 << 10;

/// One request, as a dialect wants it sent.
#[derive(Clone)]
pub(in crate::cloud) struct Call {
    pub(in crate::cloud) method: Method,
    pub(in crate::cloud) url: Url,
    /// Shared by count: most calls of one dialect carry the same ones.
    pub(in crate::cloud) headers: Arc<HeaderMap>,
    /// Made with [`wiped`], so that trying again copies nothing.
    pub(in crate::cloud) body: Option<Bytes>,
}

/// What came back. The body is wiped.
pub(in crate::cloud) struct Reply {
    pub(in crate::cloud) status: StatusCode,
    /// Whether the body is over 16 MiB. None of it is here then.
    pub(in crate::cloud) too_large: bool,
    retry_after: Option<HeaderValue>,
    content_type: Option<HeaderValue>,
    body: Buffer,
}

impl Reply {
    /// The body as text, without the mark that some servers put in front of UTF-8; `None` if it
    /// is not UTF-8.
    pub(in crate::cloud) fn text(&self) -> Option<&str> {
        let text = std::str::from_utf8(self.body.expose()).ok()?;
        Some(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    pub(in crate::cloud) fn retry_after(&self) -> Option<&HeaderValue> {
        self.retry_after.as_ref()
    }

    pub(in crate::cloud) fn body(&self) -> &[u8] {
        self.body.expose()
    }

    /// Whether it says that its body is JSON.
    pub(in crate::cloud) fn is_json(&self) -> bool {
        let said = self.content_type.as_ref().and_then(|value| value.to_str().ok());
        let media = said.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let suffix = media.rfind('+').map_or("", |at| &media[at..]);
        media.eq_ignore_ascii_case("application/json") || suffix.eq_ignore_ascii_case("+json")
    }

    /// What came instead of JSON.
    pub(in crate::cloud) fn instead_of_json(&self) -> &'static str {
        match self.body().iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'<') => "a web page",
            None => "nothing",
            _ => "something that is no JSON object",
        }
    }
}

/// `buffer` as a body or a header that is shared by count and wiped in the end.
pub(in crate::cloud) fn wiped(buffer: Buffer) -> Bytes {
    struct Wiped(Buffer);
    impl AsRef<[u8]> for Wiped {
        fn as_ref(&self) -> &[u8] {
            self.0.expose()
        }
    }
    Bytes::from_owner(Wiped(buffer))
}

/// An `Authorization` header: `scheme`, which ends with its space, and `credential`, which a header
/// can carry. Wiped, and hidden by whatever prints it.
pub(in crate::cloud) fn authorization(scheme: &[u8], credential: &[u8]) -> HeaderValue {
    let mut header = Buffer::zeroed(scheme.len() + credential.len());
    header.expose_mut()[..scheme.len()].copy_from_slice(scheme);
    header.expose_mut()[scheme.len()..].copy_from_slice(credential);
    let mut header = HeaderValue::from_maybe_shared(wiped(header)).expect("a checked credential");
    header.set_sensitive(true);
    header
}

/// Sends `call`, and reads the whole reply.
pub(super) async fn exchange(http: &Client, call: Call) -> Result<Reply, Fault> {
    let mut request = reqwest::Request::new(call.method, call.url);
    *request.headers_mut() = Arc::unwrap_or_clone(call.headers);
    *request.body_mut() = call.body.map(Body::from);
    let mut response = http.execute(request).await.map_err(|error| Fault::of(&error))?;
    let header = |name| response.headers().get(name).cloned();
    let (retry_after, content_type) = (header(RETRY_AFTER), header(CONTENT_TYPE));
    let body = read(&mut response).await?;
    let too_large = body.is_none();
    let mut body = body.unwrap_or_else(|| Buffer::zeroed(0));
    if latin_1::is_said(content_type.as_ref()) && !body.expose().is_ascii() {
        body = latin_1::to_utf8(body.expose());
    }
    Ok(Reply { status: response.status(), too_large, retry_after, content_type, body })
}

/// The body, piece by piece into one buffer: a vector that grows would leave copies behind.
/// `None` if it is too large.
async fn read(response: &mut Response) -> Result<Option<Buffer>, Fault> {
    let announced = response.content_length().map_or(Ok(FIRST), usize::try_from);
    let Some(announced) = announced.ok().filter(|size| *size <= LARGEST) else { return Ok(None) };
    let mut buffer = Buffer::zeroed(announced);
    let mut len = 0;
    while let Some(piece) = response.chunk().await.map_err(|error| Fault::of(&error))? {
        let end = len + piece.len();
        if end > LARGEST {
            return Ok(None);
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
    Ok(Some(buffer))
}
