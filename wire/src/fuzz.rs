//! Frames that are almost right, for the tests of both ends.
use crate::kind::Kind;
use crate::outgoing::Outgoing;
use crate::tag::Tag;

/// Numbers that look random, and are the same in every run.
pub struct Random(u64);

impl Random {
    /// A row of numbers; the same seed gives the same row.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        // Xorshift, as Marsaglia has it.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// The next number, below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    fn bytes(&mut self, limit: usize) -> Vec<u8> {
        let len = self.below(limit);
        (0..len).map(|_| self.number() as u8).collect()
    }
}

/// A kind or a tag that is never given a meaning.
fn grease(random: &mut Random) -> u16 {
    0x0a0a + 0x1010 * random.below(16) as u16
}

/// A frame of one of `kinds`, with fields that such a frame may have, and its payload; `calls` are the
/// numbers that it may carry.
fn frame(random: &mut Random, kinds: &[Kind], calls: u32) -> Vec<u8> {
    let known = kinds[random.below(kinds.len())];
    let kind = if random.below(20) == 0 { grease(random) } else { known as u16 };
    let call = if known == Kind::Log { 0 } else { 1 + random.below(calls as usize) as u32 };
    let mut frame = Outgoing::raw(kind, call);
    let payload = random.bytes(300);
    for _ in 0..random.below(5) {
        frame = match random.below(10) {
            0 => frame.text(Tag::Name, ["ALPHA", "", "a name", "\u{1f511}"][random.below(4)]),
            1 => frame.u32(Tag::Index, random.below(5) as u32),
            2 => frame.u32(Tag::Form, random.below(5) as u32),
            3 => frame.u32(Tag::TextLen, random.below(payload.len() + 2) as u32),
            4 => frame.u32(Tag::Status, random.below(11) as u32),
            5 => frame.u64(Tag::Deadline, random.number()),
            6 => frame.u64(Tag::ExpiresAt, random.number()),
            7 => frame.text(Tag::What, "why it failed"),
            8 => frame.raw_field(grease(random), &random.bytes(40)),
            _ => frame.raw_field(18 + random.below(60) as u16, &random.bytes(40)),
        };
    }
    // Most frames are such as an honest side sends.
    if random.below(25) > 0 {
        frame = frame
            .text(Tag::Name, "ALPHA")
            .u32(Tag::Form, 1)
            .u32(Tag::TextLen, payload.len() as u32)
            .u32(Tag::Status, 0);
    }
    let mut bytes = frame.head(payload.len()).to_vec();
    bytes.extend_from_slice(&payload);
    bytes
}

/// A frame as above, and often with something changed in it: a bit, a length, a piece taken out or
/// doubled.
pub fn mutated(random: &mut Random, kinds: &[Kind], calls: u32) -> Vec<u8> {
    let mut bytes = frame(random, kinds, calls);
    // Rarely: what comes after a broken frame is not read any more.
    match random.below(80) {
        0 => {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        1 => {
            let at = [8, 12][random.below(2)];
            bytes[at..at + 4].copy_from_slice(&(random.number() as u32).to_le_bytes());
        }
        2 => bytes.truncate(random.below(bytes.len())),
        3 => {
            let piece = bytes[random.below(bytes.len())..].to_vec();
            bytes.extend_from_slice(&piece);
        }
        4 => bytes = random.bytes(400),
        5..20 => {
            // What a receiver does not look at.
            bytes[2..4].copy_from_slice(&(random.number() as u16).to_le_bytes());
        }
        _ => {}
    }
    bytes
}

/// How many frames the tests send: 50,000, or as the variable says. `cargo xtask test` says 1,000,000.
pub fn frames() -> usize {
    let said = std::env::var("PREFECT_SECRETS_FRAMES").ok();
    said.and_then(|frames| frames.parse().ok()).unwrap_or(50_000)
}
