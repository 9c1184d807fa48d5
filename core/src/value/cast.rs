//! **cast**: text that reads as a boolean or as a Python literal is that value.
//!
//! Measured (Prefect 1.4.1, `prefect.configuration.string_to_type`): any casing of `true` and
//! `false` first, then [`literal`], else the text itself. A TOML string is cast once and a variable
//! twice, as long as the outcome is a string; [`view`] then reads as JSON what is still one.

use super::literal::literal;
use super::object::Object;
use super::read::{self, string};
use crate::buffer::Buffer;

/// The value of `text`, cast once.
pub fn cast(text: &str) -> Object {
    changed(text).unwrap_or_else(|| Object::str(text))
}

/// The value of `text`, cast up to `times`. What one time does not change, the next one does not.
pub fn cast_times(text: &str, times: u8) -> Object {
    let mut value = None;
    for _ in 0..times {
        let next = match &value {
            None => changed(text),
            Some(Object::Str(text)) => changed(text),
            Some(_) => None,
        };
        let Some(next) = next else { break };
        value = Some(next);
    }
    value.unwrap_or_else(|| Object::str(text))
}

/// What casting makes of `text`; `None` if it leaves it alone.
fn changed(text: &str) -> Option<Object> {
    // Upper case as Python has it: a long s is an S, too.
    let is = |word: &str| text.chars().flat_map(char::to_uppercase).eq(word.chars());
    match text.as_bytes().first()? {
        b't' | b'T' if is("TRUE") => Some(Object::Bool(true)),
        b'f' | b'F' if is("FALSE") => Some(Object::Bool(false)),
        _ => literal(text),
    }
}

/// The JSON view of `text` that is cast up to `times` and then read.
pub fn view(text: &str, times: u8) -> Buffer {
    value_view(&cast_times(text, times), text)
}

/// The JSON view of `value`, which `text` was cast to: read once more where it is text, as
/// Prefect's `Secret.get` does it. What JSON has no form for gives the text, as a string.
pub fn value_view(value: &Object, text: &str) -> Buffer {
    match value {
        Object::Str(text) => read::read(text),
        // Python's `json.loads` takes bytes, too, and drops the mark of UTF-8 in front.
        Object::Bytes(bytes) => std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| read::document(text.strip_prefix('\u{feff}').unwrap_or(text)))
            .unwrap_or_else(|| string(text)),
        value => value.to_json().unwrap_or_else(|| string(text)),
    }
}
