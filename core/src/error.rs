//! The third answer: who failed, on which name, why, and what the caller can do next.

use std::borrow::Cow;
use std::fmt;

/// What the caller can do next about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The place answered, and refuses: mend the credentials or the permissions.
    Denied,
    /// The place cannot be asked at present: try later, or mend the connection.
    Unavailable,
    /// The deadline passed first: allow more time, or find out what is slow.
    TimedOut,
    /// A configuration, an argument or a value is wrong: mend it; trying again is no use.
    Invalid,
    /// This provider cannot do this.
    Unsupported,
    /// The provider's own code panicked; this instance of it answers nothing more.
    Panicked,
    /// A promise between the parts of this library was broken: report it.
    Internal,
    /// The caller cancelled the call.
    Cancelled,
}

impl Kind {
    /// The word that messages and [`crate::Explanation`] use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed out",
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::Panicked => "panicked",
            Self::Internal => "internal",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure. It holds names, places and advice; never a value, a line of a file, or a
/// response body, so it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Error {
    parts: Box<Parts>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    kind: Kind,
    provider: Option<Box<str>>,
    name: Option<Box<str>>,
    what: Cow<'static, str>,
    next_step: Cow<'static, str>,
}

impl Error {
    /// A failure of `kind`: `what` happened, and what to do next, both without a full stop.
    /// Neither text may hold a value.
    pub fn new(
        kind: Kind,
        what: impl Into<Cow<'static, str>>,
        next_step: impl Into<Cow<'static, str>>,
    ) -> Self {
        let parts = Parts {
            kind,
            provider: None,
            name: None,
            what: what.into(),
            next_step: next_step.into(),
        };
        Self { parts: Box::new(parts) }
    }

    /// [`Kind::Invalid`], the commonest failure of all.
    pub fn invalid(
        what: impl Into<Cow<'static, str>>,
        next_step: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Kind::Invalid, what, next_step)
    }

    /// Names the provider that failed, unless a provider nearer to the fault is named already.
    #[must_use]
    pub fn by(mut self, provider: &str) -> Self {
        self.parts.provider.get_or_insert_with(|| provider.into());
        self
    }

    /// Names the secret that was asked for, unless one is named already.
    #[must_use]
    pub fn about(mut self, name: &str) -> Self {
        self.parts.name.get_or_insert_with(|| name.into());
        self
    }

    /// What the caller can do next.
    pub fn kind(&self) -> Kind {
        self.parts.kind
    }

    /// The provider that failed; `None` when the fault is the caller's or the configuration's.
    pub fn provider(&self) -> Option<&str> {
        self.parts.provider.as_deref()
    }

    /// The name that was asked for, where one was.
    pub fn name(&self) -> Option<&str> {
        self.parts.name.as_deref()
    }

    /// What happened.
    pub fn what(&self) -> &str {
        &self.parts.what
    }

    /// What to do next.
    pub fn next_step(&self) -> &str {
        &self.parts.next_step
    }

    fn sentence(&self) -> String {
        let Parts { kind, provider, name, what, next_step } = &*self.parts;
        let mut said = String::new();
        if let Some(provider) = provider {
            said += &format!("{provider}: ");
        }
        said += kind.as_str();
        if let Some(name) = name {
            said += &format!(" (secret {name:?})");
        }
        said += &format!(": {what}; {next_step}");
        said
    }
}
