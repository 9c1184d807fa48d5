//! Bodies in Latin-1.

use prefect_secrets_core::Buffer;
use reqwest::header::HeaderValue;

/// Whether a body is Latin-1: said so, or text without a word about it, which Prefect's client
/// reads so (1.4.1, measured). Everything else is UTF-8 here.
pub(super) fn is_said(content_type: Option<&HeaderValue>) -> bool {
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

/// Latin-1 as UTF-8.
pub(super) fn to_utf8(bytes: &[u8]) -> Buffer {
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
        let latin = |text: &'static str| is_said(Some(&HeaderValue::from_static(text)));
        assert!(latin("text/plain") && latin("application/json; charset=\"ISO-8859-1\""));
        assert!(!latin("application/json") && !latin("text/html; charset=utf-8"));
        assert!(!is_said(None));
        assert_eq!(to_utf8(b"p\xe4ss").expose(), "päss".as_bytes());
    }
}
