//! The active profile of Prefect 3.

use std::fmt;
use std::path::PathBuf;

use prefect_secrets_core::Error;

use crate::local::{self, Document, Members, Node, Prefect3};

/// The settings that `prefect profile` keeps under one name.
pub(super) struct Profile {
    name: String,
    kept: Kept,
}

enum Kept {
    /// In a file.
    File(Document, PathBuf),
    /// By Prefect itself.
    BuiltIn(&'static [(&'static str, &'static str)]),
}

/// The profiles that Prefect brings, and which of its own settings they make (3.8.8, measured).
const BUILT_IN: [(&str, &[(&str, &str)]); 4] = [
    ("ephemeral", &[]),
    ("local", &[("PREFECT_API_URL", "http://127.0.0.1:4200/api")]),
    ("test", &[]),
    ("cloud", &[]),
];

impl Profile {
    /// The profile that `PREFECT_PROFILE` names, else the one that the file of profiles calls
    /// active; `None` if neither does. *Invalid* if it is not there, or the file is broken.
    pub(super) fn active(variables: &Prefect3) -> Result<Option<Self>, Error> {
        let path = variables.profiles()?;
        let file = match &path {
            Some(path) => local::read(path)?.map(|document| (document, path.clone())),
            None => None,
        };
        let said = variables.variable("PREFECT_PROFILE").filter(|said| !said.is_empty());
        let asked = said.map(|said| (said, "PREFECT_PROFILE (environment variable)".to_owned()));
        let active = file.as_ref().and_then(|(document, path)| {
            let (text, _) = document.text(&["active"])?;
            (!text.is_empty()).then(|| (text, format!("active ({})", path.display())))
        });
        let Some((name, place)) = asked.or(active) else { return Ok(None) };
        let unknown = |what: String| {
            Error::invalid(
                format!("{place} names a profile that {what}"),
                "name one that is there: `prefect profile ls` lists them",
            )
        };
        let name =
            std::str::from_utf8(name).map_err(|_| unknown("is not UTF-8".into()))?.to_owned();
        let kept = match file {
            Some((document, path)) if document.has_table(&["profiles", &name]) => {
                Kept::File(document, path)
            }
            // Prefect writes the profiles that it brings into no file.
            file => match BUILT_IN.iter().find(|(known, _)| *known == name) {
                Some((_, settings)) => Kept::BuiltIn(settings),
                None => {
                    let path = file.as_ref().map(|(_, path)| path).or(path.as_ref());
                    let shown = path.map_or_else(String::new, |path| path.display().to_string());
                    return Err(unknown(format!("is not in {shown}, and none of Prefect's own")));
                }
            },
        };
        Ok(Some(Self { name, kept }))
    }

    /// Whether the setting called `name` is a table, which no setting is.
    pub(super) fn is_table(&self, name: &str) -> bool {
        match &self.kept {
            Kept::File(document, _) => document.has_table(&["profiles", &self.name, name]),
            Kept::BuiltIn(_) => false,
        }
    }

    /// Everything that the profile says; a table, which no setting is, has no value.
    pub(super) fn settings(&self) -> Vec<(&str, Option<&[u8]>)> {
        match &self.kept {
            Kept::File(document, _) => {
                let table = document.section(&["profiles", &self.name]);
                let members = table.and_then(Node::members).into_iter().flat_map(Members::sorted);
                members.map(|(name, node)| (name, node.leaf().map(|(value, _)| value))).collect()
            }
            Kept::BuiltIn(settings) => {
                settings.iter().map(|(name, value)| (*name, Some(value.as_bytes()))).collect()
            }
        }
    }

    /// What the profile says of the setting called `name`.
    pub(super) fn setting(&self, name: &str) -> Option<&[u8]> {
        match &self.kept {
            Kept::File(document, _) => Some(document.text(&["profiles", &self.name, name])?.0),
            Kept::BuiltIn(settings) => {
                let (_, value) = settings.iter().find(|(known, _)| *known == name)?;
                Some(value.as_bytes())
            }
        }
    }
}

/// For messages: which profile, and where it is kept.
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kept {
            Kept::File(_, path) => write!(f, "profile {:?} of {}", self.name, path.display()),
            Kept::BuiltIn(_) => write!(f, "profile {:?}, Prefect's own", self.name),
        }
    }
}
