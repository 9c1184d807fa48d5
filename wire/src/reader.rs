//! Frames out of bytes, whoever reads them from where.

use std::io::IoSliceMut;

use prefect_secrets_core::Buffer;
use zeroize::Zeroize;

use crate::frame::{Broken, Frame, HEADER, Header};
use crate::kind::Kind;

/// Bytes that are read at once of a payload that nobody keeps.
const CHUNK: usize = 4096;

/// Puts frames together. Whoever has a socket reads into [`room`](Self::room) and says how much it
/// was; a payload is read into the memory in which it stays. One frame is held at a time.
pub struct Reader {
    keeps: fn(Kind) -> bool,
    header: [u8; HEADER],
    /// Known once the header is whole.
    body: Option<Body>,
    /// Bytes of what is read now, the header or the body.
    filled: usize,
}

struct Body {
    header: Header,
    fields: Vec<u8>,
    payload: Payload,
}

enum Payload {
    Kept(Buffer),
    /// Read into a few bytes, again and again, and forgotten.
    Skipped {
        chunk: Box<[u8; CHUNK]>,
        len: usize,
    },
}

impl Reader {
    /// A reader of a side that keeps the payloads of some kinds. All others are skipped.
    pub fn new(keeps: fn(Kind) -> bool) -> Self {
        Self { keeps, header: [0; HEADER], body: None, filled: 0 }
    }

    /// The reader of a host.
    pub fn of_a_host() -> Self {
        Self::new(|kind| kind == Kind::Found)
    }

    /// The reader of a plugin.
    pub fn of_a_plugin() -> Self {
        Self::new(|kind| matches!(kind, Kind::Create | Kind::Set))
    }

    /// Whether the last byte that was read was the last of a frame.
    pub fn is_between_frames(&self) -> bool {
        self.body.is_none() && self.filled == 0
    }

    /// Where the next bytes belong: into the first of the two, and when that is full into the
    /// second. One of them has room, always.
    pub fn room(&mut self) -> [IoSliceMut<'_>; 2] {
        let filled = self.filled;
        let Some(body) = &mut self.body else {
            return [IoSliceMut::new(&mut self.header[filled..]), IoSliceMut::new(&mut [])];
        };
        let in_fields = filled.min(body.fields.len());
        let in_payload = filled - in_fields;
        let payload = match &mut body.payload {
            Payload::Kept(payload) => &mut payload.expose_mut()[in_payload..],
            Payload::Skipped { chunk, len } => {
                let left = *len - in_payload;
                &mut chunk[..left.min(CHUNK)]
            }
        };
        [IoSliceMut::new(&mut body.fields[in_fields..]), IoSliceMut::new(payload)]
    }

    /// `len` bytes were read into the room. Gives the frame that they make whole.
    pub fn advance(&mut self, len: usize) -> Result<Option<Frame>, Broken> {
        self.filled += len;
        if self.body.is_none() {
            if self.filled < HEADER {
                return Ok(None);
            }
            let header = Header::read(&self.header)?;
            let kept = Kind::from_raw(header.kind).is_some_and(self.keeps);
            let payload = if kept {
                let memory = Buffer::try_zeroed(header.payload, 0);
                Payload::Kept(memory.ok_or(Broken("there is no memory for the payload"))?)
            } else {
                Payload::Skipped { chunk: Box::new([0; CHUNK]), len: header.payload }
            };
            self.body = Some(Body { header, fields: vec![0; header.fields], payload });
            self.filled = 0;
        }
        let whole = |body: &Body| self.filled == body.header.fields + body.header.payload;
        let Some(body) = self.body.take_if(|body| whole(body)) else { return Ok(None) };
        self.filled = 0;
        let payload = match body.payload {
            Payload::Kept(payload) => payload,
            Payload::Skipped { mut chunk, .. } => {
                chunk.as_mut_slice().zeroize();
                Buffer::zeroed(0)
            }
        };
        let Header { kind, call, .. } = body.header;
        Ok(Some(Frame { kind, call, fields: body.fields, payload }))
    }
}
