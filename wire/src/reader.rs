//! Frames out of bytes, whoever reads them from where.

use std::io::IoSliceMut;

use prefect_secrets_core::Buffer;
use zeroize::Zeroize;

use crate::frame::{Broken, Frame, HEADER, Header};
use crate::kind::Kind;

/// Bytes that are read together with a header: most frames are no longer. They are wiped.
const AHEAD: usize = 512;
/// Bytes that are read at once of a payload that nobody keeps.
const CHUNK: usize = 4096;

/// Puts frames together. Whoever has a socket reads into [`room`](Self::room), says how much it was,
/// and takes the frames that it made whole from [`next`](Self::next). A long payload is read into the
/// memory in which it stays. One frame that is not whole is held at a time.
pub struct Reader {
    keeps: fn(Kind) -> bool,
    /// What was read of frames whose header was not looked at yet.
    ahead: Box<[u8; AHEAD]>,
    /// Which of it was not taken yet.
    begin: usize,
    end: usize,
    /// Known once the header is whole.
    body: Option<Body>,
}

struct Body {
    header: Header,
    fields: Vec<u8>,
    payload: Payload,
    /// How much of both is there.
    filled: usize,
}

enum Payload {
    Kept(Buffer),
    /// Read into a few bytes, again and again, and forgotten.
    Skipped(Box<[u8; CHUNK]>),
}

impl Reader {
    /// A reader of a side that keeps the payloads of some kinds. All others are skipped.
    pub fn new(keeps: fn(Kind) -> bool) -> Self {
        Self { keeps, ahead: Box::new([0; AHEAD]), begin: 0, end: 0, body: None }
    }

    /// The reader of a host.
    pub fn of_a_host() -> Self {
        Self::new(|kind| kind == Kind::Found)
    }

    /// The reader of a plugin.
    pub fn of_a_plugin() -> Self {
        Self::new(|kind| matches!(kind, Kind::Create | Kind::Set))
    }

    /// Whether bytes were read that belong to a frame that was not taken yet.
    pub fn holds_more(&self) -> bool {
        self.begin < self.end
    }

    /// Where the next bytes belong, once [`next`](Self::next) gives no frame: into the first of the
    /// two, and when that is full into the second. There is room, always.
    pub fn room(&mut self) -> [IoSliceMut<'_>; 2] {
        let Some(body) = &mut self.body else {
            // A part of a header at most is there: it goes to the front, so that the rest fits.
            let end = self.end;
            self.ahead.copy_within(self.begin..end, 0);
            (self.begin, self.end) = (0, end - self.begin);
            // Where it was an answer may have stood, too.
            self.ahead[self.end..end].zeroize();
            return [IoSliceMut::new(&mut self.ahead[self.end..]), IoSliceMut::new(&mut [])];
        };
        let in_fields = body.filled.min(body.fields.len());
        let payload = match &mut body.payload {
            Payload::Kept(payload) => &mut payload.expose_mut()[body.filled - in_fields..],
            Payload::Skipped(chunk) => {
                let left = body.header.len() - body.filled.max(body.fields.len());
                &mut chunk[..left.min(CHUNK)]
            }
        };
        [IoSliceMut::new(&mut body.fields[in_fields..]), IoSliceMut::new(payload)]
    }

    /// `len` bytes were read into the room.
    pub fn filled(&mut self, len: usize) {
        match &mut self.body {
            Some(body) => body.filled += len,
            None => self.end += len,
        }
    }

    /// The next frame, if all of it was read.
    #[expect(clippy::should_implement_trait, reason = "more may come after none")]
    pub fn next(&mut self) -> Result<Option<Frame>, Broken> {
        if self.body.is_none() {
            let Some((header, _)) = self.ahead[self.begin..self.end].split_first_chunk() else {
                return Ok(None);
            };
            let mut body = Body::new(Header::read(header)?, self.keeps)?;
            self.begin += HEADER;
            self.begin += body.take(&self.ahead[self.begin..self.end]);
            if self.begin == self.end {
                // What it was stands in the body now.
                self.ahead[..self.end].zeroize();
                (self.begin, self.end) = (0, 0);
            }
            self.body = Some(body);
        }
        let whole = |body: &mut Body| body.filled == body.header.len();
        Ok(self.body.take_if(whole).map(Body::into_frame))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.ahead.as_mut_slice().zeroize();
    }
}

impl Body {
    fn new(header: Header, keeps: fn(Kind) -> bool) -> Result<Self, Broken> {
        let payload = if Kind::from_raw(header.kind).is_some_and(keeps) {
            let memory = Buffer::try_zeroed(header.payload, 0);
            Payload::Kept(memory.ok_or(Broken("there is no memory for the payload"))?)
        } else {
            Payload::Skipped(Box::new([0; CHUNK]))
        };
        Ok(Self { header, fields: vec![0; header.fields], payload, filled: 0 })
    }

    /// Takes what belongs here of what was read ahead, and says how much that was.
    fn take(&mut self, ahead: &[u8]) -> usize {
        let ahead = &ahead[..ahead.len().min(self.header.len())];
        let (fields, payload) = ahead.split_at(ahead.len().min(self.fields.len()));
        self.fields[..fields.len()].copy_from_slice(fields);
        if let Payload::Kept(kept) = &mut self.payload {
            kept.expose_mut()[..payload.len()].copy_from_slice(payload);
        }
        self.filled = ahead.len();
        ahead.len()
    }

    fn into_frame(self) -> Frame {
        let Header { kind, call, .. } = self.header;
        let payload = match self.payload {
            Payload::Kept(payload) => payload,
            Payload::Skipped(mut chunk) => {
                chunk.as_mut_slice().zeroize();
                Buffer::zeroed(0)
            }
        };
        Frame { kind, call, fields: self.fields, payload }
    }
}
