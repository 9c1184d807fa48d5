//! One request, as it arrived.

/// A request that the stand-in received whole.
///
/// Its `Debug` shows everything, keys and values too: they are test values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, as written.
    pub method: String,
    /// The target of the request line, as written: path and query, or a whole address when the
    /// client took the stand-in for a proxy.
    pub path: String,
    /// The headers in the order received. Names keep their case; values keep white space at their
    /// end, and each byte that is not ASCII is the Latin-1 character of that number.
    pub headers: Vec<(String, String)>,
    /// The body, out of its chunks if it came in chunks.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of the first header with this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}
