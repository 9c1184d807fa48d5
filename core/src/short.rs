//! What is short enough to stand within something else: it takes no memory of its own, and no count
//! of its holders.

use std::sync::Arc;

/// The text of most secrets, with a NUL behind it. Wiped when it is dropped; a move leaves a copy
/// behind, so it is written where it stays.
pub(crate) struct Short {
    len: u8,
    bytes: [u8; Self::LONGEST + 1],
}

impl Short {
    /// A digest in hexadecimal digits fits.
    pub(crate) const LONGEST: usize = 68;

    #[inline]
    pub(crate) const fn empty() -> Self {
        Self { len: 0, bytes: [0; Self::LONGEST + 1] }
    }

    /// Copies `text`, of at most [`Self::LONGEST`] bytes.
    #[inline]
    pub(crate) fn write(&mut self, text: &[u8]) {
        self.bytes[..text.len()].copy_from_slice(text);
        self.len = text.len() as u8;
    }

    #[inline]
    pub(crate) fn expose(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl Drop for Short {
    fn drop(&mut self) {
        zeroize::zeroize_bytes(&mut self.bytes);
    }
}

/// The name of the provider that answered.
#[derive(Clone)]
pub(crate) enum ProviderName {
    /// Its length, and its bytes in words: they are copied as such.
    Short(u32, [[u8; 8]; 2]),
    Long(Arc<str>),
}

impl ProviderName {
    const LONGEST: usize = 16;

    pub(crate) fn as_str(&self) -> &str {
        match self {
            // Copied from text as a whole.
            Self::Short(len, words) => {
                std::str::from_utf8(&words.as_flattened()[..*len as usize]).unwrap_or_default()
            }
            Self::Long(name) => name,
        }
    }
}

impl From<&Arc<str>> for ProviderName {
    #[inline]
    fn from(name: &Arc<str>) -> Self {
        if name.len() > Self::LONGEST {
            return Self::Long(Arc::clone(name));
        }
        let mut words = [[0; 8]; 2];
        words.as_flattened_mut()[..name.len()].copy_from_slice(name.as_bytes());
        Self::Short(name.len() as u32, words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_any_length_stays_what_it_is() {
        for name in ["", "vault", "sixteen-letters-", "seventeen-letters", "zwölf-größer-ä"] {
            let short = ProviderName::from(&Arc::from(name));
            assert_eq!(short.as_str(), name);
            assert_eq!(short.clone().as_str(), name);
        }
    }

    #[test]
    fn a_text_has_a_nul_behind_it() {
        for len in 0..=Short::LONGEST {
            let text = vec![b'x'; len];
            let mut short = Short::empty();
            short.write(&text);
            assert_eq!(short.expose(), text);
            assert_eq!(short.bytes[len], 0);
        }
    }
}
