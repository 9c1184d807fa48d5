//! A value in a frame.

use std::time::UNIX_EPOCH;

use prefect_secrets_core::abi::{FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON, answer};
use prefect_secrets_core::{Buffer, Error, Form, Secret};

use crate::fields::Fields;
use crate::frame::{Broken, LARGEST_PAYLOAD};
use crate::kind::Kind;
use crate::outgoing::Outgoing;
use crate::tag::Tag;

/// The number of a secret's form, and the payload: its text and its JSON view, which stay where they
/// are. *Invalid* if it has no JSON view and needs one.
pub fn parts(secret: &Secret) -> Result<(u32, [&[u8]; 2]), Error> {
    let text = secret.expose_text();
    Ok(match secret.form() {
        Form::Text => (FORM_TEXT, [text, &[]]),
        Form::Json => (FORM_JSON, [text, &[]]),
        Form::Verbatim | Form::Cast(_) => {
            (FORM_TEXT_WITH_JSON, [text, secret.expose_json()?.as_bytes()])
        }
        Form::TextWithJson(json) => (FORM_TEXT_WITH_JSON, [text, json.expose()]),
    })
}

/// Adds the fields of a value to a frame.
#[must_use]
pub fn with_value(frame: Outgoing, form: u32, payload: [&[u8]; 2]) -> Outgoing {
    frame.u32(Tag::Form, form).u32(Tag::TextLen, payload[0].len() as u32)
}

/// The frame that gives `secret` as the answer to a call.
pub fn found(
    call: u32,
    index: Option<u32>,
    secret: &Secret,
) -> Result<(Outgoing, [&[u8]; 2]), Error> {
    let mut frame = Outgoing::new(Kind::Found, call);
    if let Some(index) = index {
        frame = frame.u32(Tag::Index, index);
    }
    let since_1970 = secret.expires_at().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    if let Some(since) = since_1970 {
        frame = frame.u64(Tag::ExpiresAt, since.as_secs());
    }
    if let Some(revision) = secret.revision() {
        frame = frame.text(Tag::Revision, revision);
    }
    let (form, payload) = parts(secret)?;
    if payload[0].len() + payload[1].len() > LARGEST_PAYLOAD {
        return Err(Error::invalid(
            "the value, with its JSON view, has more than the 64 MiB that a provider may give",
            "store a smaller value",
        ));
    }
    Ok((with_value(frame, form, payload), payload))
}

/// The text and the form of the value in a frame; its payload becomes the text, in place. The inner
/// failure is a value that breaks a rule of the provider ABI.
pub fn value(
    fields: &Fields<'_>,
    payload: Buffer,
) -> Result<Result<(Buffer, Form), &'static str>, Broken> {
    let form = fields.form.ok_or(Broken("a value has no form"))?;
    let text_len = fields.text_len.ok_or(Broken("a value has no text_len"))? as usize;
    let json_len = payload.len().checked_sub(text_len);
    let json_len = json_len.ok_or(Broken("a text_len is past the payload"))?;
    Ok(answer::value(payload, form, text_len, json_len))
}
