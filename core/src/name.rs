//! Which secret.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::secret::Secret;

/// The name of a secret, held now and resolved when the value is needed. It deserializes from a
/// string, so that a program's configuration can say which secret it wants without having it.
/// Safe to log.
///
/// Names are case-sensitive and taken as they are; any text without a NUL is one, the empty text
/// too (Prefect 1.4.1, measured).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Box<str>);

impl Name {
    /// `name`, unless it holds a NUL.
    pub fn new(name: impl Into<Box<str>>) -> Result<Self, Error> {
        let name = name.into();
        check(&name)?;
        Ok(Self(name))
    }

    /// Asks `chain` for the secret of this name.
    pub fn resolve(&self, chain: &Chain, deadline: &Deadline) -> Result<Option<Secret>, Error> {
        chain.get(&self.0, deadline)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether every byte is ASCII and none is a NUL, which nearly every name is. Eight bytes at a
/// time: a search that is made for long texts takes longer to begin than this does to end.
#[inline]
pub fn is_plain(bytes: &[u8]) -> bool {
    // Taking 1 from a byte of 1 to 127 leaves its high bit clear, and borrows from no neighbour.
    let plain =
        |word: u64| (word.wrapping_sub(0x0101_0101_0101_0101) | word) & 0x8080_8080_8080_8080 == 0;
    let eight = |bytes: &[u8; 8]| plain(u64::from_ne_bytes(*bytes));
    if let (Some(start), Some(end)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        // The last eight may have been seen in part already.
        eight(start)
            && eight(end)
            && (bytes.len() <= 16 || bytes[8..].as_chunks::<8>().0.iter().all(eight))
    } else if let (Some(start), Some(end)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (start, end) = (u32::from_ne_bytes(*start), u32::from_ne_bytes(*end));
        plain(u64::from(start) << 32 | u64::from(end))
    } else {
        bytes.iter().all(|byte| (1..=127).contains(byte))
    }
}

/// What is true of every name: it holds no NUL. The rest is each provider's own affair.
#[inline]
pub fn check(name: &str) -> Result<(), Error> {
    if !is_plain(name.as_bytes()) && name.as_bytes().contains(&0) {
        return Err(Error::invalid(
            "the name holds a NUL",
            "give the name without it; the length goes beside the text, not into it",
        ));
    }
    Ok(())
}

impl TryFrom<String> for Name {
    type Error = Error;
    fn try_from(name: String) -> Result<Self, Error> {
        Self::new(name)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0.into()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn a_plain_name_is_ascii_without_a_nul_wherever_that_stands() {
        for len in 0..40 {
            let plain: Vec<u8> = (0..len).map(|i| b"\x01A\x7f_9"[i % 5]).collect();
            assert!(is_plain(&plain), "{len}");
            for place in 0..len {
                for odd in [0, 0x80, 0x81, 0xff] {
                    let mut bytes = plain.clone();
                    bytes[place] = odd;
                    assert!(!is_plain(&bytes), "{odd:#x} at {place} of {len}");
                }
            }
        }
    }
}
