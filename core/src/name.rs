//! Which secret.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::secret::Secret;

/// The name of a secret, held now and resolved when the value is needed. It deserializes from a
/// string, so that a program's configuration can say which secret it wants without having it.
/// Safe to log.
///
/// Names are case-sensitive and taken as they are; any text without a NUL is one, the empty text
/// too (Prefect 1.4.1, measured).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Box<str>);

impl Name {
    /// `name`, unless it holds a NUL.
    pub fn new(name: impl Into<Box<str>>) -> Result<Self, Error> {
        let name = name.into();
        check(&name)?;
        Ok(Self(name))
    }

    /// Asks `chain` for the secret of this name.
    pub fn resolve(&self, chain: &Chain, deadline: &Deadline) -> Result<Option<Secret>, Error> {
        chain.get(&self.0, deadline)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is true of every name; the rest is each provider's own affair.
pub(crate) fn check(name: &str) -> Result<(), Error> {
    if memchr::memchr(0, name.as_bytes()).is_some() {
        return Err(Error::invalid(
            "the name holds a NUL",
            "give the name without it; the length goes beside the text, not into it",
        ));
    }
    Ok(())
}

impl TryFrom<String> for Name {
    type Error = Error;
    fn try_from(name: String) -> Result<Self, Error> {
        Self::new(name)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0.into()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
