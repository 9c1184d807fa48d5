//! One member of the configuration.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use prefect_secrets_core::value::{self, Object};
use prefect_secrets_core::{Buffer, Form, Secret};

use super::members::Members;
use super::text::Text;

/// Where a setting was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the environment variable of this name.
    Variable(Arc<str>),
    /// In this file.
    File(Arc<Path>),
    /// By Prefect itself.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default of Prefect"),
        }
    }
}

/// A member of the configuration. Every value in it may be a secret, and is wiped.
pub enum Node {
    /// A variable, or a TOML string: expanded and cast.
    Text(Text, Origin),
    /// Text that is not cast: in a dict that a text was cast to, or a setting.
    Plain(Buffer, Origin),
    /// What TOML typed already: a number, a boolean, an array. Compact JSON.
    Json(Buffer, Origin),
    /// What JSON has no type for: a date or a time, as written.
    Date(Buffer, Origin),
    /// Members by name.
    Table(Members),
}

impl Node {
    /// An empty table.
    pub(super) fn empty() -> Self {
        Self::Table(Members::default())
    }

    /// What a text was cast to.
    pub(super) fn from_object(object: Object, origin: &Origin) -> Self {
        match object {
            Object::Dict(members) => {
                let mut table = Members::with_capacity(members.len());
                for (key, value) in members {
                    let key = key.display();
                    let name = String::from_utf8_lossy(key.expose());
                    table.insert(name.into(), Self::from_object(value, origin));
                }
                Self::Table(table)
            }
            Object::Str(text) => Self::Plain(Buffer::copy_of(text.as_bytes()), origin.clone()),
            object => match object.to_json() {
                Some(json) => Self::Json(json, origin.clone()),
                // What JSON has no form for is text.
                None => Self::Date(object.display(), origin.clone()),
            },
        }
    }

    /// The member at `path`.
    pub fn at<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> Option<&Self> {
        path.into_iter().try_fold(self, |node, key| match node {
            Self::Table(members) => members.get(key),
            _ => None,
        })
    }

    /// The member at `path`.
    pub(super) fn at_mut<'p>(
        &mut self,
        path: impl IntoIterator<Item = &'p str>,
    ) -> Option<&mut Self> {
        path.into_iter().try_fold(self, |node, key| match node {
            Self::Table(members) => members.get_mut(key),
            _ => None,
        })
    }

    /// The members, if this is a table.
    pub fn members(&self) -> Option<&Members> {
        match self {
            Self::Table(members) => Some(members),
            _ => None,
        }
    }

    /// The value as text, and where it was set; `None` for a table.
    pub fn leaf(&self) -> Option<(&[u8], &Origin)> {
        match self {
            Self::Text(text, origin) => Some((text.text.expose(), origin)),
            Self::Plain(value, origin) | Self::Json(value, origin) | Self::Date(value, origin) => {
                Some((value.expose(), origin))
            }
            Self::Table(_) => None,
        }
    }

    /// The value; `None` for a table.
    pub(super) fn value(&self) -> Option<Object> {
        let string = |text: &Buffer| Some(Object::str(std::str::from_utf8(text.expose()).ok()?));
        match self {
            Self::Text(text, _) => Some(text.value()?.into_owned()),
            Self::Plain(text, _) => string(text),
            Self::Date(date, _) => match string(date)? {
                Object::Str(date) => Some(Object::Date(date)),
                other => Some(other),
            },
            Self::Json(json, _) => value::json(std::str::from_utf8(json.expose()).ok()?),
            Self::Table(_) => None,
        }
    }

    /// Makes plain settings of the texts in this; in a table that is `kept` they are not cast.
    pub(super) fn settle(&mut self, kept: bool) {
        match self {
            Self::Table(members) => {
                for (name, member) in members.all_mut() {
                    // The chain's own table: Prefect reads nothing there.
                    member.settle(kept || name == "secrets");
                }
            }
            Self::Text(text, origin) => {
                let value = text.value().filter(|_| !kept);
                let setting = match value.as_deref() {
                    Some(Object::Bool(yes)) => Buffer::copy_of(yes.to_string().as_bytes()),
                    Some(Object::None) => Buffer::zeroed(0),
                    Some(value @ (Object::Str(_) | Object::Int(_) | Object::Float(_))) => {
                        value.display()
                    }
                    _ => Buffer::copy_of(text.text.expose()),
                };
                *self = Self::Plain(setting, origin.clone());
            }
            _ => {}
        }
    }

    /// As the secret of `provider`; `None` if a text in it is not UTF-8, which JSON cannot say.
    pub(super) fn into_secret(self, provider: &Arc<str>, verbatim: bool) -> Option<Secret> {
        let form = |form| if verbatim { Form::Verbatim } else { form };
        Some(match self {
            Self::Text(text, _) => text.into_secret(provider, verbatim),
            Self::Plain(text, _) => Secret::new(provider, text, form(Form::Text)),
            Self::Json(json, _) => Secret::new(provider, json, form(Form::Json)),
            Self::Date(date, _) => Secret::new(provider, date, Form::Verbatim),
            table => Secret::new(provider, table.json(verbatim)?, form(Form::Json)),
        })
    }

    /// The whole as compact JSON; `None` if a text in it is not UTF-8, which JSON cannot say.
    pub fn to_json(&self) -> Option<Buffer> {
        self.json(false)
    }

    fn json(&self, verbatim: bool) -> Option<Buffer> {
        Buffer::written(|out| self.write(verbatim, out)).ok()
    }

    fn write(&self, verbatim: bool, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let string = |text: &Buffer| {
            let text = std::str::from_utf8(text.expose());
            text.map(value::string).map_err(|_| std::io::ErrorKind::InvalidData)
        };
        match self {
            Self::Json(json, _) => out.write_all(json.expose()),
            Self::Text(text, _) if verbatim => out.write_all(string(text.written())?.expose()),
            Self::Text(text, _) => {
                let json = text.value().and_then(|value| value.to_json());
                out.write_all(json.map_or_else(|| string(&text.text), Ok)?.expose())
            }
            Self::Plain(text, _) | Self::Date(text, _) => out.write_all(string(text)?.expose()),
            Self::Table(members) => {
                out.write_all(b"{")?;
                for (i, (name, member)) in members.sorted().enumerate() {
                    out.write_all(if i == 0 { b"" } else { b"," })?;
                    out.write_all(value::string(name).expose())?;
                    out.write_all(b":")?;
                    member.write(verbatim, out)?;
                }
                out.write_all(b"}")
            }
        }
    }
}
