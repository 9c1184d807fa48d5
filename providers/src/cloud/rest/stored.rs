//! A value as the server is to keep it, and what the server would not keep as it is.

use prefect_secrets_core::value::{self, Object};
use prefect_secrets_core::{Buffer, Error, Form, Secret};

use zeroize::Zeroizing;

use super::session::OBFUSCATED;
use crate::cloud::http::LARGEST;

/// What an answer holds beside a value, at the most.
const ENVELOPE: usize = 64 << 10;

/// `value` as JSON. Text goes as a string, whatever it reads as; everything else as its JSON view.
/// *Invalid* if the server would keep something else in its stead (3.8.8, measured).
pub(super) fn stored(secret: &Secret) -> Result<Buffer, Error> {
    let json = match secret.form() {
        Form::Text | Form::Verbatim | Form::Cast(_) => {
            let text = std::str::from_utf8(secret.expose_text()).map_err(|_| {
                Error::invalid("the value is not UTF-8", "bytes can be stored in Base64")
            })?;
            refuse_obfuscated(text)?;
            return refuse_large(value::string(text));
        }
        Form::Json | Form::TextWithJson(_) => secret.expose_json()?,
    };
    let object = value::json(json).ok_or_else(|| {
        Error::invalid(
            "the value is no JSON that can be kept: it is broken, nested too deep, or holds half a \
             pair of surrogates or a number that is too long",
            "give one JSON document, or text",
        )
    })?;
    match &object {
        Object::Str(text) => refuse_obfuscated(text)?,
        Object::Dict(members) if members.iter().any(|(key, _)| is(key, "$ref")) => {
            return Err(Error::invalid(
                "the value is an object with a member \"$ref\", which the server takes for a \
                 reference to another block",
                "put the object into a list or another object",
            ));
        }
        _ => {}
    }
    refuse_lost_digits(&object)?;
    refuse_large(Buffer::copy_of(json.as_bytes()))
}

/// What is kept has to fit into an answer: no get would bring it back.
fn refuse_large(json: Buffer) -> Result<Buffer, Error> {
    if json.len() <= LARGEST - ENVELOPE {
        return Ok(json);
    }
    Err(Error::invalid(
        "the value is over 16 MiB as it is sent, more than an answer may be",
        "keep a value that large elsewhere",
    ))
}

/// The server answers an update with this text with success, and keeps the old value.
fn refuse_obfuscated(text: &str) -> Result<(), Error> {
    if text != OBFUSCATED {
        return Ok(());
    }
    Err(Error::invalid(
        "the value is eight asterisks, with which the server means a value that it hides",
        "choose another value",
    ))
}

fn is(key: &Object, name: &str) -> bool {
    matches!(key, Object::Str(text) if text.as_str() == name)
}

/// The server keeps numbers with a point or an exponent in 64 bits, and makes null of what does not
/// fit. Whole numbers it keeps at any size.
fn refuse_lost_digits(object: &Object) -> Result<(), Error> {
    match object {
        Object::Float(digits) if !is_a_double(digits) => Err(Error::invalid(
            "a number in the value has more digits than the server keeps",
            "store it as text",
        )),
        Object::List(items) | Object::Tuple(items) => items.iter().try_for_each(refuse_lost_digits),
        Object::Dict(members) => {
            members.iter().try_for_each(|(_, value)| refuse_lost_digits(value))
        }
        _ => Ok(()),
    }
}

/// Whether the shortest digits of the nearest double are the same number.
fn is_a_double(digits: &str) -> bool {
    let nearest: f64 = digits.parse().unwrap_or(f64::NAN);
    let shortest = Zeroizing::new(format!("{nearest:e}"));
    nearest.is_finite() && decimal(digits) == decimal(&shortest)
}

/// A number as JSON writes it: its significant digits, and the power of ten of the first of them.
fn decimal(text: &str) -> (bool, Zeroizing<String>, i64) {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = Zeroizing::new([whole, fraction].concat());
    let digits = all.trim_start_matches('0');
    let zeros = (all.len() - digits.len()) as i64;
    let exponent = exponent.trim_start_matches('+').parse().unwrap_or(i64::MAX / 2);
    let first = whole.len() as i64 - zeros + exponent;
    let digits = digits.trim_end_matches('0');
    (negative, Zeroizing::new(digits.to_owned()), if digits.is_empty() { 0 } else { first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, form: Form) -> Result<String, Error> {
        let secret = Secret::to_set(Buffer::copy_of(text.as_bytes()), form);
        Ok(String::from_utf8(stored(&secret)?.expose().to_vec()).unwrap())
    }

    #[test]
    fn text_is_a_string_and_json_stays_as_it_is() {
        for (text, json) in
            [("0000", "\"0000\""), ("", "\"\""), ("{\"$ref\":1}", "\"{\\\"$ref\\\":1}\"")]
        {
            assert_eq!(of(text, Form::Text).unwrap(), json);
        }
        for json in [
            "null",
            "{\"a\":{},\"b\":[{\"$ref\":1}]}",
            "1000000000000000000000000000000000000000000001",
            "0.1",
            "2.50",
            "1E5",
            "-0.0",
            "1e-7",
            "120.0e-1",
            "[\"********\"]",
        ] {
            assert_eq!(of(json, Form::Json).unwrap(), json);
        }
    }

    #[test]
    fn what_would_come_back_changed_is_refused_without_showing_it() {
        for json in [
            "\"********\"",
            "{\"$ref\":{\"block_document_id\":\"marker\"}}",
            "3.14159265358979323846",
            "[{\"a\":1e400}]",
            "1e-400",
            "\"\\ud83d marker\"",
        ] {
            let error = of(json, Form::Json).unwrap_err();
            assert!(!error.to_string().contains("marker"), "{error}");
        }
        of("********", Form::Text).unwrap_err();
        // As it is sent: each quotation mark is two bytes there.
        for (text, form) in [
            ("m".repeat(LARGEST), Form::Text),
            ("\"".repeat(LARGEST / 2), Form::Text),
            (format!("[\"{}\"]", "m".repeat(LARGEST)), Form::Json),
        ] {
            assert!(of(&text, form).unwrap_err().what().contains("16 MiB"));
        }
        assert!(of(&"m".repeat(LARGEST - ENVELOPE - 2), Form::Text).is_ok());
        let bytes = Secret::to_set(Buffer::copy_of(b"\xff"), Form::Text);
        assert!(stored(&bytes).is_err());
    }
}
