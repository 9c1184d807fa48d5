//! What a literal stands for: an object of Python.

use std::io::{Error, ErrorKind, Result, Write};

use zeroize::Zeroizing;

use crate::buffer::Buffer;

/// Text that is wiped.
pub(super) type Text = Zeroizing<String>;

/// An object of Python. Text and numbers in it are wiped.
#[derive(Clone)]
pub enum Object {
    /// `None`.
    None,
    /// `...`.
    Ellipsis,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number in decimal, every digit of it.
    Int(Zeroizing<String>),
    /// A number with a point or an exponent, as JSON writes it, every digit of it.
    Float(Zeroizing<String>),
    /// Real and imaginary part.
    Complex(f64, f64),
    /// A string.
    Str(Zeroizing<String>),
    /// A date or a time, as TOML writes it.
    Date(Zeroizing<String>),
    /// Bytes.
    Bytes(Zeroizing<Vec<u8>>),
    /// A list.
    List(Vec<Object>),
    /// A tuple.
    Tuple(Vec<Object>),
    /// A set, in the order of the text.
    Set(Vec<Object>),
    /// A dict, in the order of the text.
    Dict(Vec<(Object, Object)>),
}

impl Object {
    /// A string with this content.
    pub fn str(text: &str) -> Self {
        Self::Str(Zeroizing::new(text.to_owned()))
    }

    /// As one compact JSON document. `None` for what JSON has no form for: a set, bytes, a complex
    /// number, an ellipsis, or what holds one. A tuple is an array; a key becomes a string as
    /// Python's own `json` makes one.
    pub fn to_json(&self) -> Option<Buffer> {
        Buffer::written(|out| self.write_json(out)).ok()
    }

    fn write_json(&self, out: &mut dyn Write) -> Result<()> {
        match self {
            Self::None => out.write_all(b"null"),
            Self::Bool(yes) => out.write_all(if *yes { b"true" } else { b"false" }),
            Self::Int(digits) | Self::Float(digits) => out.write_all(digits.as_bytes()),
            Self::Str(text) | Self::Date(text) => Ok(serde_json::to_writer(out, text.as_str())?),
            Self::List(items) | Self::Tuple(items) => {
                out.write_all(b"[")?;
                for (i, item) in items.iter().enumerate() {
                    out.write_all(if i == 0 { b"" } else { b"," })?;
                    item.write_json(out)?;
                }
                out.write_all(b"]")
            }
            Self::Dict(members) => {
                out.write_all(b"{")?;
                for (i, (key, value)) in members.iter().enumerate() {
                    out.write_all(if i == 0 { b"" } else { b"," })?;
                    key.write_key(out)?;
                    out.write_all(b":")?;
                    value.write_json(out)?;
                }
                out.write_all(b"}")
            }
            Self::Ellipsis | Self::Complex(..) | Self::Bytes(_) | Self::Set(_) => {
                Err(ErrorKind::Unsupported.into())
            }
        }
    }

    fn write_key(&self, out: &mut dyn Write) -> Result<()> {
        let plain = match self {
            Self::Str(_) => return self.write_json(out),
            Self::None | Self::Bool(_) | Self::Int(_) => self.to_json(),
            Self::Float(_) => Some(self.display()),
            _ => None,
        };
        let plain = plain.ok_or_else(|| Error::from(ErrorKind::Unsupported))?;
        out.write_all(b"\"")?;
        out.write_all(plain.expose())?;
        out.write_all(b"\"")
    }

    /// The value of a number that is not complex.
    pub(super) fn real(&self) -> Option<f64> {
        match self {
            Self::Int(digits) | Self::Float(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// A number with its sign turned.
    pub(super) fn negative(self) -> Self {
        let turned = |digits: &str| match digits.strip_prefix('-') {
            Some(positive) => Zeroizing::new(positive.to_owned()),
            None => Zeroizing::new(format!("-{digits}")),
        };
        match self {
            Self::Int(digits) if digits.as_str() == "0" => Self::Int(digits),
            Self::Int(digits) => Self::Int(turned(&digits)),
            Self::Float(digits) => Self::Float(turned(&digits)),
            Self::Complex(real, imaginary) => Self::Complex(-real, -imaginary),
            other => other,
        }
    }
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Object(hidden)")
    }
}
