//! What a plugin can do wrong with its reply.

/// A broken rule of the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    CommittedTwice,
    ReservedAfterCommit,
    CommittedWithoutReserve,
    CommittedMoreThanReserved,
    WrotePastReserve,
    CommitTooShort,
    NoSuchForm,
    NotJson,
    FoundWithoutCommit,
    CommittedAndNotFound,
    NoSuchStatus,
    StatusNotSet,
    StatusBeyondTheLast,
    LengthWithoutPointer,
}

impl Fault {
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::CommittedTwice => "it committed twice",
            Self::ReservedAfterCommit => "it reserved after it had committed",
            Self::CommittedWithoutReserve => "it committed without a reserve",
            Self::CommittedMoreThanReserved => "it committed more than it had reserved",
            Self::WrotePastReserve => "it wrote past the end of what it had reserved",
            Self::CommitTooShort => "its commit is null, or its struct_size too small",
            Self::NoSuchForm => {
                "it committed a form that does not exist or does not fit its lengths"
            }
            Self::NotJson => "it committed as JSON what is not one JSON document",
            Self::FoundWithoutCommit => "it answered \"found\" without a commit",
            Self::CommittedAndNotFound => "it committed a value and did not answer \"found\"",
            Self::NoSuchStatus => "it returned a status that does not exist or does not fit",
            Self::StatusNotSet => "it returned without setting the status of a name",
            Self::StatusBeyondTheLast => "it set a status behind that of the last name",
            Self::LengthWithoutPointer => "it gave a length without a pointer",
        }
    }
}
