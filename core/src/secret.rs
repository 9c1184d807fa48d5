//! The value.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use once_cell::race::OnceBox;

use crate::buffer::Buffer;
use crate::error::Error;
use crate::short::{ProviderName, Short};
use crate::value;

/// How a value was stored, which decides what its two views are.
#[derive(Debug)]
pub enum Form {
    /// Text. Its JSON view is what the text reads as: the JSON value if it is JSON, else a string.
    Text,
    /// Text whose JSON view is always the string.
    Verbatim,
    /// Text of the local configuration, expanded and without references: its JSON view is what it
    /// reads as after casting it up to so many times.
    Cast(u8),
    /// JSON, compact. It is its own text.
    Json,
    /// Text with the JSON view that its provider gave it.
    TextWithJson(Buffer),
}

/// A secret: immutable, shared by count, wiped when the last holder lets go.
///
/// Nothing prints it. [`Secret::expose_text`] and [`Secret::expose_json`] reveal it, and a copy
/// made from what they return is the caller's to wipe.
#[derive(Clone)]
pub struct Secret(pub(crate) Arc<Inner>);

/// A member more is a member more in `Secret::copy_of`, which fills them one by one.
pub(crate) struct Inner {
    pub(crate) text: Text,
    pub(crate) form: Form,
    /// Made when first asked for. Two threads may both make it, and one of the two is wiped: a
    /// lock here could be held while another thread forks.
    pub(crate) json: OnceBox<Option<Buffer>>,
    pub(crate) provider: ProviderName,
    pub(crate) expires_at: Option<SystemTime>,
    pub(crate) revision: Option<Box<str>>,
}

/// Where the text stands.
pub(crate) enum Text {
    /// In the secret's own memory, so that one is enough. Never moved.
    Short(Short),
    Long(Buffer),
}

impl Inner {
    #[inline]
    fn new(provider: ProviderName, text: Text, form: Form) -> Self {
        let json = OnceBox::new();
        Self { text, form, json, provider, expires_at: None, revision: None }
    }

    #[inline]
    fn text(&self) -> &[u8] {
        match &self.text {
            Text::Short(text) => text.expose(),
            Text::Long(text) => text.expose(),
        }
    }
}

impl Secret {
    /// A secret as `provider` has it.
    #[inline]
    pub fn new(provider: &Arc<str>, text: Buffer, form: Form) -> Self {
        Self::by(provider.into(), text, form)
    }

    #[inline]
    pub(crate) fn by(provider: ProviderName, text: Buffer, form: Form) -> Self {
        Self(Arc::new(Inner::new(provider, Text::Long(text), form)))
    }

    /// A value to be written with [`crate::Provider::set`]; no provider has it yet.
    pub fn to_set(text: Buffer, form: Form) -> Self {
        Self::new(&Arc::from(""), text, form)
    }

    /// Adds when the value ends, and which one in a row of values it is, as far as the place
    /// knows. Only before the secret is shared: a shared one is immutable.
    #[must_use]
    pub fn dated(mut self, expires_at: Option<SystemTime>, revision: Option<Box<str>>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.expires_at = expires_at;
            inner.revision = revision;
        }
        self
    }

    /// The same text, whose JSON view is always the string.
    #[must_use]
    pub fn verbatim(mut self) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            (inner.form, inner.json) = (Form::Verbatim, OnceBox::new());
            return self;
        }
        let copy = Buffer::copy_of(self.expose_text());
        Self::by(self.0.provider.clone(), copy, Form::Verbatim)
            .dated(self.0.expires_at, self.0.revision.clone())
    }

    /// The text view: the bytes as they are stored (of the local configuration: with variables and
    /// references put in, and not cast), often UTF-8, possibly with NULs in them.
    /// A NUL follows the last byte in memory.
    #[inline]
    pub fn expose_text(&self) -> &[u8] {
        self.0.text()
    }

    /// The JSON view: one compact JSON document. *Invalid* if the text is not UTF-8.
    pub fn expose_json(&self) -> Result<&str, Error> {
        let view = match &self.0.form {
            Form::Json => Some(self.expose_text()),
            Form::TextWithJson(json) => Some(json.expose()),
            Form::Text => self.made(value::read),
            Form::Verbatim => self.made(value::string),
            Form::Cast(times) => self.made(|text| value::view(text, *times)),
        };
        view.and_then(|json| std::str::from_utf8(json).ok()).ok_or_else(|| {
            Error::invalid(
                "the value is not UTF-8, so it has no JSON view",
                "use the text view, which gives the bytes as they are",
            )
            .by(self.provider())
        })
    }

    fn made(&self, view: impl Fn(&str) -> Buffer) -> Option<&[u8]> {
        let make = || Box::new(std::str::from_utf8(self.expose_text()).ok().map(&view));
        self.0.json.get_or_init(make).as_ref().map(Buffer::expose)
    }

    /// How the value is stored.
    pub fn form(&self) -> &Form {
        &self.0.form
    }

    /// The name of the provider that answered.
    pub fn provider(&self) -> &str {
        self.0.provider.as_str()
    }

    /// When the value ends, where its place knows.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires_at
    }

    /// Which one in a row of values this is, in the words of its place.
    pub fn revision(&self) -> Option<&str> {
        self.0.revision.as_deref()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(hidden, from {:?})", self.provider())
    }
}
