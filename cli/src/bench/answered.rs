//! What came of one call, once its value is gone again.

use prefect_secrets_core::{Answer, Error, Kind};

/// The three answers, and the call that the person at the terminal ended.
pub(crate) enum Answered {
    Found,
    Absent,
    Failed(Error),
    Ended,
}

/// An answer in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Found,
    Absent,
    Failed,
}

impl Outcome {
    pub(crate) const ALL: [Self; 3] = [Self::Found, Self::Absent, Self::Failed];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Absent => "absent",
            Self::Failed => "failed",
        }
    }
}

impl Answered {
    /// Looks at the value, as a program would, and lets go of it: that is in the time of the call.
    #[inline]
    pub(crate) fn by(answer: Answer) -> Self {
        match answer {
            Ok(Some(secret)) => {
                std::hint::black_box(secret.expose_text());
                Self::Found
            }
            Ok(None) => Self::Absent,
            Err(error) => Self::failed(error),
        }
    }

    /// All that were asked for, or the first failure.
    pub(crate) fn by_all(answers: impl IntoIterator<Item = Answer>) -> Self {
        for answer in answers {
            match Self::by(answer) {
                Self::Found | Self::Absent => {}
                failed => return failed,
            }
        }
        Self::Found
    }

    #[cold]
    fn failed(error: Error) -> Self {
        if error.kind() == Kind::Cancelled { Self::Ended } else { Self::Failed(error) }
    }

    /// In words; `None` if it was ended.
    #[inline]
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Found => Some(Outcome::Found),
            Self::Absent => Some(Outcome::Absent),
            Self::Failed(_) => Some(Outcome::Failed),
            Self::Ended => None,
        }
    }
}
