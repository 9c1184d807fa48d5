//! A text of the configuration: a variable or a TOML string, and what becomes of it.

use std::borrow::Cow;

use prefect_secrets_core::value::{self, Expanded, Object, Reference, Surroundings, expand};
use prefect_secrets_core::{Buffer, Form, Secret};
use std::sync::Arc;

/// A text, expanded; cast when somebody wants the value.
pub struct Text {
    /// Expanded, and with what its references refer to.
    pub(super) text: Buffer,
    /// How often it is cast.
    times: u8,
    /// Of few texts, so that the others are small.
    changed: Option<Box<Changed>>,
}

/// What a text is beside its content.
#[derive(Default)]
struct Changed {
    /// As it was written, where that differs.
    written: Option<Buffer>,
    /// The value, where casting the content would not give it.
    value: Option<Object>,
}

impl Text {
    /// A text that is expanded and cast in each of so many `passes`.
    pub(super) fn new(written: Buffer, passes: u8, around: &dyn Surroundings) -> Self {
        let bytes = written.expose();
        let special = bytes.first() == Some(&b'~')
            || memchr::memchr2(b'$', b'\\', bytes).is_some()
            // A string literal that begins with the home.
            || passes > 1 && bytes.contains(&b'~');
        if !special {
            return Self { text: written, times: passes, changed: None };
        }
        let (text, casts) = match expand(bytes, around) {
            Expanded::Unchanged => (None, 1),
            Expanded::Changed(text, changes) => (Some(text), casts_after(changes)),
            Expanded::Endless => {
                let changed = Changed { written: Some(written), value: Some(Object::None) };
                let text = Buffer::copy_of(b"null");
                return Self { text, times: 0, changed: Some(Box::new(changed)) };
            }
        };
        let current = text.as_ref().unwrap_or(&written);
        let value = std::str::from_utf8(current.expose()).ok().map(|text| {
            let first = value::cast_times(text, casts);
            (1..passes).fold(first, |value, _| again(value, around))
        });
        let (text, written) = match text {
            Some(text) => (text, Some(written)),
            None => (written, None),
        };
        Self { text, times: passes, changed: Some(Box::new(Changed { written, value })) }
    }

    /// The value, where casting the content would not give it.
    pub(super) fn own_value(&self) -> Option<&Object> {
        self.changed.as_ref()?.value.as_ref()
    }

    /// The value, references not followed; `None` if it is not UTF-8.
    pub(super) fn value(&self) -> Option<Cow<'_, Object>> {
        match self.own_value() {
            Some(value) => Some(Cow::Borrowed(value)),
            None => {
                let text = std::str::from_utf8(self.text.expose()).ok()?;
                Some(Cow::Owned(value::cast_times(text, self.times)))
            }
        }
    }

    /// Whether a reference in it is to be followed.
    pub(super) fn refers(&self) -> bool {
        match self.own_value() {
            Some(Object::Str(text)) => Reference::first(text).is_some(),
            _ => false,
        }
    }

    /// As it was written.
    pub(super) fn written(&self) -> &Buffer {
        let changed = self.changed.as_ref();
        changed.and_then(|changed| changed.written.as_ref()).unwrap_or(&self.text)
    }

    /// Takes `text` and `value` instead, what was written stays.
    pub(super) fn put(&mut self, text: Option<Buffer>, value: Option<Object>) {
        let changed = self.changed.get_or_insert_default();
        if let Some(text) = text {
            let before = std::mem::replace(&mut self.text, text);
            changed.written.get_or_insert(before);
        }
        if value.is_some() {
            changed.value = value;
        }
    }

    /// As the secret of `provider`.
    pub(super) fn into_secret(self, provider: &Arc<str>, verbatim: bool) -> Secret {
        if verbatim {
            let written = self.changed.and_then(|changed| changed.written);
            return Secret::new(provider, written.unwrap_or(self.text), Form::Verbatim);
        }
        let view = self.own_value().and_then(|value| {
            let text = std::str::from_utf8(self.text.expose()).ok()?;
            Some(value::value_view(value, text))
        });
        let form = view.map_or(Form::Cast(self.times), Form::TextWithJson);
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
