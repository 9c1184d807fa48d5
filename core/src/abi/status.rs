//! The numbers that cross the boundary.

use crate::error::Kind;

/// The status of a call. The numbers are fixed for ever; a retired one is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// Done; a get found the secret.
    Ok = 0,
    /// This place has not got it. Not an error.
    Absent = 1,
    /// See [`Kind::Denied`].
    Denied = 2,
    /// See [`Kind::Unavailable`].
    Unavailable = 3,
    /// See [`Kind::TimedOut`].
    TimedOut = 4,
    /// See [`Kind::Invalid`].
    Invalid = 5,
    /// See [`Kind::Unsupported`].
    Unsupported = 6,
    /// See [`Kind::Panicked`].
    Panicked = 7,
    /// See [`Kind::Internal`].
    Internal = 8,
    /// The caller's buffer is too small; the length that is needed was set.
    BufferTooSmall = 9,
    /// See [`Kind::Cancelled`]. A host's callers alone are told so.
    Cancelled = 10,
}

impl Status {
    /// Those that a provider can answer with.
    const OF_PROVIDERS: [Self; 10] = [
        Self::Ok,
        Self::Absent,
        Self::Denied,
        Self::Unavailable,
        Self::TimedOut,
        Self::Invalid,
        Self::Unsupported,
        Self::Panicked,
        Self::Internal,
        Self::BufferTooSmall,
    ];

    /// The status with this number, from a provider.
    pub fn from_raw(raw: i32) -> Option<Self> {
        Self::OF_PROVIDERS.into_iter().find(|status| *status as i32 == raw)
    }

    /// The kind of failure it is, unless it is none.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::Ok | Self::Absent => None,
            Self::Denied => Some(Kind::Denied),
            Self::Unavailable => Some(Kind::Unavailable),
            Self::TimedOut => Some(Kind::TimedOut),
            Self::Invalid => Some(Kind::Invalid),
            Self::Unsupported => Some(Kind::Unsupported),
            Self::Panicked => Some(Kind::Panicked),
            Self::Internal | Self::BufferTooSmall => Some(Kind::Internal),
            Self::Cancelled => Some(Kind::Cancelled),
        }
    }
}

impl From<Kind> for Status {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Denied => Self::Denied,
            Kind::Unavailable => Self::Unavailable,
            Kind::TimedOut => Self::TimedOut,
            Kind::Invalid => Self::Invalid,
            Kind::Unsupported => Self::Unsupported,
            Kind::Panicked => Self::Panicked,
            Kind::Internal => Self::Internal,
            Kind::Cancelled => Self::Cancelled,
        }
    }
}
