//! A frame, and what it may not be.

use prefect_secrets_core::Buffer;
use prefect_secrets_core::abi::answer::LARGEST_VALUE;

/// Bytes of the header.
pub const HEADER: usize = 16;
/// The most bytes of fields: 1 MiB.
pub const LARGEST_FIELDS: usize = 1 << 20;
/// The most bytes of payload: 64 MiB, as large as a value may be.
pub const LARGEST_PAYLOAD: usize = LARGEST_VALUE;
/// The longest name: it fits into the fields, beside everything else that stands there.
pub const LARGEST_NAME: usize = 1_048_000;
/// The most names that a list may have.
pub const MOST_NAMES: usize = 1_000_000;

/// A frame as it came. Its fields are read with [`crate::Fields`].
pub struct Frame {
    /// A number of [`crate::Kind`], or one that is not known here.
    pub kind: u16,
    /// Which call it belongs to; 0 for none.
    pub call: u32,
    /// The fields, one behind the other. No secret stands here.
    pub fields: Vec<u8>,
    /// The payload: empty unless the frame is of a kind that the reader keeps payloads of.
    pub payload: Buffer,
}

/// Why bytes are no frames. The side that sent them breaks the protocol; the talk is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub &'static str);

/// The part of a header that says something.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) kind: u16,
    pub(crate) call: u32,
    pub(crate) fields: usize,
    pub(crate) payload: usize,
}

impl Header {
    /// Bytes behind the header.
    pub(crate) fn len(&self) -> usize {
        self.fields + self.payload
    }

    pub(crate) fn read(bytes: &[u8; HEADER]) -> Result<Self, Broken> {
        let number = |at: usize| {
            let [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            u32::from_le_bytes([a, b, c, d])
        };
        let kind = u16::from_le_bytes([bytes[0], bytes[1]]);
        let (fields, payload) = (number(8) as usize, number(12) as usize);
        if fields > LARGEST_FIELDS {
            return Err(Broken("a frame has more fields than one may have"));
        }
        if payload > LARGEST_PAYLOAD {
            return Err(Broken("a frame has a larger payload than one may have"));
        }
        Ok(Self { kind, call: number(4), fields, payload })
    }

    pub(crate) fn write(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..2].copy_from_slice(&self.kind.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.call.to_le_bytes());
        bytes[8..12].copy_from_slice(&(self.fields as u32).to_le_bytes());
        bytes[12..].copy_from_slice(&(self.payload as u32).to_le_bytes());
        bytes
    }
}
