//! One member of the configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use prefect_secrets_core::{Buffer, value};

/// Where a setting was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the environment variable of this name.
    Variable(Arc<str>),
    /// In this file.
    File(Arc<Path>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A member of the configuration. Every value in it may be a secret, and is wiped.
pub enum Node {
    /// Text: a variable, or a TOML string.
    Text(Buffer, Origin),
    /// What TOML typed already: a number, a boolean, an array. Compact JSON.
    Json(Buffer, Origin),
    /// What TOML typed and JSON has no type for: a date or a time, as written.
    Date(Buffer, Origin),
    /// Members by name.
    Table(BTreeMap<String, Node>),
}

impl Node {
    /// An empty table.
    pub(super) fn empty() -> Self {
        Self::Table(BTreeMap::new())
    }

    /// The member at `path`.
    pub fn at<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> Option<&Self> {
        path.into_iter().try_fold(self, |node, key| match node {
            Self::Table(members) => members.get(key),
            _ => None,
        })
    }

    /// The members, if this is a table.
    pub fn members(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Table(members) => Some(members),
            _ => None,
        }
    }

    /// The value as it stands, and where it was set; `None` for a table.
    pub fn leaf(&self) -> Option<(&[u8], &Origin)> {
        match self {
            Self::Text(value, origin) | Self::Json(value, origin) | Self::Date(value, origin) => {
                Some((value.expose(), origin))
            }
            Self::Table(_) => None,
        }
    }

    /// The whole as compact JSON; `None` if a text in it is not UTF-8, which JSON cannot say.
    pub fn to_json(&self) -> Option<Buffer> {
        let mut len = 0;
        self.write(&mut |bytes| len += bytes.len())?;
        let mut json = Buffer::zeroed(len);
        let mut rest = json.expose_mut();
        self.write(&mut |bytes| {
            let (place, behind) = std::mem::take(&mut rest).split_at_mut(bytes.len());
            place.copy_from_slice(bytes);
            rest = behind;
        })?;
        Some(json)
    }

    fn write(&self, out: &mut dyn FnMut(&[u8])) -> Option<()> {
        match self {
            Self::Json(json, _) => out(json.expose()),
            Self::Text(text, _) | Self::Date(text, _) => {
                out(value::string(std::str::from_utf8(text.expose()).ok()?).expose());
            }
            Self::Table(members) => {
                out(b"{");
                for (i, (name, member)) in members.iter().enumerate() {
                    out(if i == 0 { b"" } else { b"," });
                    out(value::string(name).expose());
                    out(b":");
                    member.write(out)?;
                }
                out(b"}");
            }
        }
        Some(())
    }
}
