//! What a provider's answer may be, whichever way it came.

use super::layout::{FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON};
use super::status::Status;
use crate::buffer::Buffer;
use crate::error::{Error, Kind};
use crate::secret::Form;

/// The largest value that a provider may give, with its JSON view: 64 MiB.
pub const LARGEST_VALUE: usize = 64 << 20;

/// The text and the form of a value, from the bytes of its text and, behind them, of its JSON view.
/// They become the text, in place. The error is the rule that the provider broke.
pub fn value(
    mut bytes: Buffer,
    form: u32,
    text_len: usize,
    json_len: usize,
) -> Result<(Buffer, Form), &'static str> {
    let Some(len) = text_len.checked_add(json_len).filter(|&len| len <= bytes.len()) else {
        return Err("it committed more than it had reserved");
    };
    let form = match form {
        FORM_TEXT if json_len == 0 => Form::Text,
        FORM_JSON if json_len == 0 => Form::Json,
        FORM_TEXT_WITH_JSON => Form::TextWithJson(compact(&bytes.expose()[text_len..len])?),
        _ => return Err("it committed a form that does not exist or does not fit its lengths"),
    };
    bytes.truncate(text_len);
    if let Form::Json = form {
        // In place: others may have put something behind this memory.
        let json = compact(bytes.expose())?;
        bytes.expose_mut()[..json.len()].copy_from_slice(json.expose());
        bytes.truncate(json.len());
    }
    Ok((bytes, form))
}

/// The failure that a provider answered with.
pub fn failure(status: i32, what: String, next_step: String) -> Error {
    let Some(kind) = Status::from_raw(status).and_then(Status::kind) else {
        return fault("it returned a status that does not exist or does not fit the call");
    };
    let or = |said: String, otherwise: &'static str| {
        if said.is_empty() { otherwise.into() } else { said }
    };
    Error::new(
        kind,
        or(what, "the provider gave no reason"),
        or(next_step, "look into the provider's own documentation or log"),
    )
}

/// The failure of a provider that broke a rule of the ABI.
pub fn fault(rule: &'static str) -> Error {
    Error::new(
        Kind::Internal,
        rule,
        "the provider breaks the provider ABI; report it to its author",
    )
}

/// One JSON document without the white space between its tokens.
fn compact(bytes: &[u8]) -> Result<Buffer, &'static str> {
    let text = std::str::from_utf8(bytes).ok();
    text.filter(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
        .map(crate::value::read)
        .ok_or("it committed as JSON what is not one JSON document")
}
