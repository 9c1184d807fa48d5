//! Reading a value that somebody wants written.

use super::layout::{FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON, Value};
use crate::buffer::Buffer;
use crate::error::Error;
use crate::secret::{Form, Secret};
use crate::value;

impl Value {
    /// The secret to be written: a copy, JSON made compact. *Invalid* if the form does not exist,
    /// JSON is not JSON, or a length has no pointer.
    ///
    /// # Safety
    /// What the slices point at is readable during the call.
    pub unsafe fn to_secret(&self) -> Result<Secret, Error> {
        // SAFETY: promised by the caller.
        let (text, json) = unsafe { (self.text.bytes(), self.json.bytes()) };
        let (Some(text), Some(json)) = (text, json) else {
            return Err(invalid("the value has a length without a pointer"));
        };
        match self.form {
            FORM_TEXT => Ok(Secret::to_set(Buffer::copy_of(text), Form::Text)),
            FORM_JSON => Ok(Secret::to_set(compact(text)?, Form::Json)),
            FORM_TEXT_WITH_JSON => {
                let json = compact(json)?;
                Ok(Secret::to_set(Buffer::copy_of(text), Form::TextWithJson(json)))
            }
            _ => Err(invalid("the value has a form that does not exist")),
        }
    }
}

fn compact(json: &[u8]) -> Result<Buffer, Error> {
    serde_json::from_slice::<serde::de::IgnoredAny>(json)
        .ok()
        .and_then(|_| std::str::from_utf8(json).ok())
        .map(value::read)
        .ok_or_else(|| invalid("the value says that it is JSON, and is not one JSON document"))
}

fn invalid(what: &'static str) -> Error {
    Error::invalid(what, "give text with the text form, and one JSON document with a JSON form")
}
