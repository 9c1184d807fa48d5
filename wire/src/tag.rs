//! The tags of fields.

/// What a field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
#[expect(missing_docs, reason = "each is named as the page has it")]
pub enum Tag {
    Version = 1,
    Id = 2,
    Capabilities = 3,
    Name = 4,
    Deadline = 5,
    Index = 6,
    Form = 7,
    TextLen = 8,
    ExpiresAt = 9,
    Revision = 10,
    Status = 11,
    What = 12,
    NextStep = 13,
    Level = 14,
    Message = 15,
    Step = 16,
    Subject = 17,
}
