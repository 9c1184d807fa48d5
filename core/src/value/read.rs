//! **read**: text that is JSON is that JSON value, any other text is a string.
//!
//! Measured (Prefect 1.4.1, `Secret.get`: Python's `json.loads`). Of members with one name the last
//! value counts. NaN and the infinities, which Python reads as numbers, have no place in JSON: a
//! text that holds one stays a string.

use serde::de::IgnoredAny;

use super::literal;
use crate::buffer::Buffer;

/// The JSON view of `text`: one compact document if it is one, else a JSON string. Digits and the
/// order of members stay as they were written. Nothing recurses without a bound, so a text of any
/// depth is safe to read.
pub fn read(text: &str) -> Buffer {
    document(text).unwrap_or_else(|| string(text))
}

/// The JSON document that `text` is, compact.
pub(super) fn document(text: &str) -> Option<Buffer> {
    // What cannot begin a document is the commonest text of all.
    let first = text.bytes().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))?;
    let begins = matches!(first, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n');
    if !begins || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return None;
    }
    // A document that Rust cannot hold (half a pair of surrogates, thousands of brackets) goes on
    // as it was written.
    let whole = literal::json(text).and_then(|value| value.to_json());
    Some(whole.unwrap_or_else(|| compact(text)))
}

/// The JSON view of a text that must stay text: a JSON string.
pub fn string(text: &str) -> Buffer {
    Buffer::json(text).expect("a string is JSON, and memory takes what is written to it")
}

/// `json`, which is one valid document, without the white space between its tokens.
fn compact(json: &str) -> Buffer {
    let mut kept = Buffer::zeroed(json.len());
    let mut len = 0;
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json.as_bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_string = byte == b'"';
        }
        kept.expose_mut()[len] = byte;
        len += 1;
    }
    kept.truncate(len);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(text: &str) -> String {
        String::from_utf8(read(text).expose().to_vec()).unwrap()
    }

    #[test]
    fn json_text_is_its_value_and_every_digit_stays() {
        for (text, json) in [
            ("42", "42"),
            (" { \"a b\" : [ 1 , 2.50 ] } ", "{\"a b\":[1,2.50]}"),
            ("1000000000000000000000000000001", "1000000000000000000000000000001"),
            ("\"a \\\" b\"", "\"a \\\" b\""),
            ("\"a \\\\\" ", "\"a \\\\\""),
            ("null", "null"),
        ] {
            assert_eq!(view(text), json, "{text}");
        }
    }

    #[test]
    fn other_text_is_a_string() {
        for (text, json) in
            [("", "\"\""), ("p@ss", "\"p@ss\""), ("0123", "\"0123\""), ("a\n\"", "\"a\\n\\\"\"")]
        {
            assert_eq!(view(text), json, "{text}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = "[".repeat(100_000);
        assert_eq!(view(&deep).len(), deep.len() + 2);
        let balanced = deep + &"]".repeat(100_000);
        assert_eq!(view(&balanced), balanced);
    }
}
