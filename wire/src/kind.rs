//! The kinds of frames.

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
#[expect(missing_docs, reason = "each is named as the page has it")]
pub enum Kind {
    Hello = 1,
    Create = 2,
    Get = 3,
    GetMany = 4,
    Set = 5,
    Delete = 6,
    List = 7,
    Refresh = 8,
    Close = 9,
    HelloBack = 129,
    Found = 130,
    Done = 131,
    Names = 132,
    Log = 133,
    Step = 134,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Hello,
        Self::Create,
        Self::Get,
        Self::GetMany,
        Self::Set,
        Self::Delete,
        Self::List,
        Self::Refresh,
        Self::Close,
        Self::HelloBack,
        Self::Found,
        Self::Done,
        Self::Names,
        Self::Log,
        Self::Step,
    ];

    /// The kind of this number; `None` for one that is not known here, which is skipped.
    pub fn from_raw(raw: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u16 == raw)
    }
}
