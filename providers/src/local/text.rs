//! A text of the configuration: a variable or a TOML string, and what becomes of it.

use std::borrow::Cow;

use prefect_secrets_core::value::{self, Expanded, Object, Reference, Surroundings, expand};
use prefect_secrets_core::{Buffer, Form, Secret};
use std::sync::Arc;

/// A text, expanded; cast when somebody wants the value.
pub struct Text {
    /// As it was written, where `text` differs from it.
    written: Option<Buffer>,
    /// Expanded, and with what its references refer to.
    pub(super) text: Buffer,
    /// How often it is cast.
    times: u8,
    /// The value, where casting `text` would not give it.
    pub(super) value: Option<Object>,
}

impl Text {
    /// A text that is expanded and cast in each of so many `passes`.
    pub(super) fn new(written: Buffer, passes: u8, around: &dyn Surroundings) -> Self {
        let bytes = written.expose();
        let special = bytes.first() == Some(&b'~')
            || bytes.iter().any(|byte| matches!(byte, b'$' | b'\\'))
            // A string literal that begins with the home.
            || passes > 1 && bytes.contains(&b'~');
        if !special {
            return Self { written: None, text: written, times: passes, value: None };
        }
        let (text, casts) = match expand(bytes, around) {
            Expanded::Unchanged => (None, 1),
            Expanded::Changed(text, changes) => (Some(text), casts_after(changes)),
            Expanded::Endless => {
                return Self {
                    text: Buffer::copy_of(b"null"),
                    written: Some(written),
                    times: 0,
                    value: Some(Object::None),
                };
            }
        };
        let current = text.as_ref().unwrap_or(&written);
        let value = std::str::from_utf8(current.expose()).ok().map(|text| {
            let first = value::cast_times(text, casts);
            (1..passes).fold(first, |value, _| again(value, around))
        });
        match text {
            Some(text) => Self { written: Some(written), text, times: passes, value },
            None => Self { written: None, text: written, times: passes, value },
        }
    }

    /// The value, references not followed; `None` if it is not UTF-8.
    pub(super) fn value(&self) -> Option<Cow<'_, Object>> {
        match &self.value {
            Some(value) => Some(Cow::Borrowed(value)),
            None => {
                let text = std::str::from_utf8(self.text.expose()).ok()?;
                Some(Cow::Owned(value::cast_times(text, self.times)))
            }
        }
    }

    /// Whether a reference in it is to be followed.
    pub(super) fn refers(&self) -> bool {
        match &self.value {
            Some(Object::Str(text)) => Reference::first(text).is_some(),
            _ => false,
        }
    }

    /// As it was written.
    pub(super) fn written(&self) -> &Buffer {
        self.written.as_ref().unwrap_or(&self.text)
    }

    /// Takes `text` and `value` instead, what was written stays.
    pub(super) fn put(&mut self, text: Option<Buffer>, value: Option<Object>) {
        if let Some(text) = text {
            let before = std::mem::replace(&mut self.text, text);
            self.written.get_or_insert(before);
        }
        if value.is_some() {
            self.value = value;
        }
    }

    /// As the secret of `provider`.
    pub(super) fn into_secret(self, provider: &Arc<str>, verbatim: bool) -> Secret {
        if verbatim {
            return Secret::new(provider, self.written.unwrap_or(self.text), Form::Verbatim);
        }
        let form = match (&self.value, std::str::from_utf8(self.text.expose())) {
            (Some(value), Ok(text)) => Form::TextWithJson(value::value_view(value, text)),
            _ => Form::Cast(self.times),
        };
        Secret::new(provider, self.text, form)
    }
}

/// Prefect casts once more where it expanded in more than one round (1.4.1, measured).
fn casts_after(changes: u8) -> u8 {
    1 + u8::from(changes > 1)
}

/// Expands and casts what is still a string.
fn again(value: Object, around: &dyn Surroundings) -> Object {
    let Object::Str(text) = &value else { return value };
    match expand(text.as_bytes(), around) {
        Expanded::Unchanged => value::cast(text),
        Expanded::Endless => Object::None,
        Expanded::Changed(text, changes) => match std::str::from_utf8(text.expose()) {
            Ok(text) => value::cast_times(text, casts_after(changes)),
            Err(_) => value,
        },
    }
}
