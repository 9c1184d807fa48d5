//! Text that C borrows.

use prefect_secrets_core::abi::Slice;

/// Text with a NUL behind it, which the slice leaves out.
pub(crate) struct Text(Box<[u8]>);

impl Text {
    pub(crate) fn of(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        Self(bytes.into_boxed_slice())
    }

    /// Lives as long as this.
    pub(crate) fn slice(&self) -> Slice {
        Slice::of(&self.0[..self.0.len() - 1])
    }
}
