//! A frame on its way out.

use std::io::IoSlice;
use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

use crate::frame::{HEADER, Header};
use crate::kind::Kind;
use crate::tag::Tag;

/// A frame that is being made: its header and its fields. What stands in its payload stays where it
/// is until it is sent.
pub struct Outgoing {
    bytes: Vec<u8>,
    kind: u16,
    call: u32,
}

/// Why a frame was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped<E> {
    /// The other side is gone.
    Gone,
    /// Whoever waited did not want to wait any more. `true`: a part of the frame was sent, so that no
    /// other frame can follow it.
    GivenUp(E, bool),
}

impl Outgoing {
    /// A frame without fields.
    pub fn new(kind: Kind, call: u32) -> Self {
        Self::raw(kind as u16, call)
    }

    /// A frame of any kind.
    pub fn raw(kind: u16, call: u32) -> Self {
        let mut bytes = Vec::with_capacity(160);
        bytes.resize(HEADER, 0);
        Self { bytes, kind, call }
    }

    /// Adds a field.
    #[must_use]
    pub fn bytes(self, tag: Tag, content: &[u8]) -> Self {
        self.raw_field(tag as u16, content)
    }

    /// Adds a field of any tag.
    #[must_use]
    pub fn raw_field(mut self, tag: u16, content: &[u8]) -> Self {
        self.bytes.extend_from_slice(&u32::from(tag).to_le_bytes());
        self.bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(content);
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, tag: Tag, text: &str) -> Self {
        self.bytes(tag, text.as_bytes())
    }

    /// Adds a number of four bytes.
    #[must_use]
    pub fn u32(self, tag: Tag, number: u32) -> Self {
        self.bytes(tag, &number.to_le_bytes())
    }

    /// Adds a number of eight bytes.
    #[must_use]
    pub fn u64(self, tag: Tag, number: u64) -> Self {
        self.bytes(tag, &number.to_le_bytes())
    }

    /// Bytes of fields so far.
    pub fn fields_len(&self) -> usize {
        self.bytes.len() - HEADER
    }

    /// The frame without its payload, which will have `payload` bytes.
    pub fn head(&mut self, payload: usize) -> &[u8] {
        let (kind, call, fields) = (self.kind, self.call, self.fields_len());
        let header = Header { kind, call, fields, payload }.write();
        self.bytes[..HEADER].copy_from_slice(&header);
        &self.bytes
    }

    /// Sends the frame with `payload`, which is written from where it is. Where the socket takes no
    /// more, `wait` waits until it does, or says why it does not.
    pub fn send<E>(
        mut self,
        socket: BorrowedFd<'_>,
        payload: [&[u8]; 2],
        mut wait: impl FnMut() -> Result<(), E>,
    ) -> Result<(), Stopped<E>> {
        let head = self.head(payload[0].len() + payload[1].len());
        let mut parts = [IoSlice::new(head), IoSlice::new(payload[0]), IoSlice::new(payload[1])];
        let mut parts = &mut parts[..];
        // Those that are empty at the front are taken off, so that nothing is left once all is sent.
        IoSlice::advance_slices(&mut parts, 0);
        let mut begun = false;
        while !parts.is_empty() {
            let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
            match sendmsg(socket, parts, &mut SendAncillaryBuffer::default(), flags) {
                Ok(sent) => {
                    begun = true;
                    IoSlice::advance_slices(&mut parts, sent);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => wait().map_err(|why| Stopped::GivenUp(why, begun))?,
                Err(_) => return Err(Stopped::Gone),
            }
        }
        Ok(())
    }
}
