//! What becomes of a secret that is found in memory.

use std::mem::MaybeUninit;

use crate::secret::Secret;

/// What becomes of a secret that is found in memory. It is done while the place where the secret
/// stands is being read, so it is one of few things that end soon and call nobody.
pub enum Take<'a> {
    /// It gets one more holder.
    Shared(Option<Secret>),
    /// Its text and a NUL are copied to a place of the caller's, if they fit there.
    Copied {
        /// The place.
        to: &'a mut [MaybeUninit<u8>],
        /// How long the text is, once it was found.
        length: Option<usize>,
    },
}

impl Take<'_> {
    /// Takes `secret`.
    #[inline]
    pub fn take(&mut self, secret: &Secret) {
        match self {
            Self::Shared(place) => *place = Some(secret.clone()),
            Self::Copied { to, length } => {
                let text = secret.expose_text();
                *length = Some(copy(text, to));
            }
        }
    }

    /// The secret, if it was shared.
    #[inline]
    pub fn shared(self) -> Option<Secret> {
        match self {
            Self::Shared(secret) => secret,
            Self::Copied { .. } => None,
        }
    }
}

/// Copies `text` and a NUL to the beginning of `to`; nothing if they do not fit. Gives the length of
/// the text, without the NUL.
#[inline]
pub fn copy(text: &[u8], to: &mut [MaybeUninit<u8>]) -> usize {
    if let Some(place) = to.get_mut(..=text.len()) {
        let (body, nul) = place.split_at_mut(text.len());
        if !copy_by::<16>(text, body) && !copy_by::<32>(text, body) {
            body.write_copy_of_slice(text);
        }
        nul[0].write(0);
    }
    text.len()
}

/// Copies a text of `N` to twice as many bytes as its first and its last `N`, which may overlap: a few
/// moves, where a call would take as long again. `false`, and nothing done, for any other.
#[inline(always)]
fn copy_by<const N: usize>(text: &[u8], to: &mut [MaybeUninit<u8>]) -> bool {
    if text.len() > 2 * N {
        return false;
    }
    let (Some(start), Some(end)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) else {
        return false;
    };
    // Both are read before either is written: the compiler need not know that they are apart.
    let (start, end) = (*start, *end);
    if let Some(place) = to.first_chunk_mut::<N>() {
        place.write_copy_of_slice(&start);
    }
    if let Some(place) = to.last_chunk_mut::<N>() {
        place.write_copy_of_slice(&end);
    }
    true
}
