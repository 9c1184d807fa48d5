//! The one kind of memory that a value lives in.

use std::fmt;

use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};
use zeroize::Zeroize;

/// Bytes that are wiped before their memory is given back. A NUL follows the last byte, so that
/// C can read text in place. Never grows: every size is known before the memory is asked for.
pub struct Buffer {
    /// `len` bytes, a NUL, and whatever `with_spare` asked for.
    bytes: SecretBox<[u8]>,
    len: usize,
}

impl Buffer {
    /// `len` zero bytes.
    pub fn zeroed(len: usize) -> Self {
        Self { bytes: SecretBox::new(vec![0; len + 1].into_boxed_slice()), len }
    }

    /// `len` zero bytes, the NUL and `spare` more behind it, or `None` if there is no such memory.
    pub fn try_zeroed(len: usize, spare: usize) -> Option<Self> {
        let size = len.checked_add(1)?.checked_add(spare)?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).ok()?;
        bytes.resize(size, 0);
        Some(Self { bytes: SecretBox::new(bytes.into_boxed_slice()), len })
    }

    /// A copy of `bytes`; the original is the caller's to wipe.
    pub fn copy_of(bytes: &[u8]) -> Self {
        Self::copy_with(bytes, &[0])
    }

    /// The same with `behind` behind it: a NUL, and whatever the spare bytes should hold.
    pub(crate) fn copy_with(bytes: &[u8], behind: &[u8]) -> Self {
        let mut copy = Vec::with_capacity(bytes.len() + behind.len());
        copy.extend_from_slice(bytes);
        copy.extend_from_slice(behind);
        Self { bytes: SecretBox::new(copy.into_boxed_slice()), len: bytes.len() }
    }

    /// Takes over what `bytes` holds, and wipes `bytes`.
    pub fn take(bytes: &mut Vec<u8>) -> Self {
        let taken = Self::copy_of(bytes);
        bytes.as_mut_slice().zeroize();
        bytes.clear();
        taken
    }

    /// `value` as JSON.
    pub fn json<T: serde::Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        Self::written(|out| Ok(serde_json::to_writer(out, value)?)).map_err(serde_json::Error::io)
    }

    /// What `write` writes. It is called twice, the first time only to learn the size: a growing
    /// vector would leave copies behind. Both times it has to write the same.
    pub fn written(
        write: impl Fn(&mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> std::io::Result<Self> {
        struct Count(usize);
        impl std::io::Write for Count {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0 += bytes.len();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut size = Count(0);
        write(&mut size)?;
        let mut buffer = Self::zeroed(size.0);
        write(&mut buffer.expose_mut())?;
        Ok(buffer)
    }

    /// All that `reader` has, which is about `expected` bytes; `None` if it is more than `limit`.
    /// Where the guess was too low, what was read already is copied into a larger one, and wiped.
    pub fn read(
        mut reader: impl std::io::Read,
        expected: usize,
        limit: usize,
    ) -> std::io::Result<Option<Self>> {
        // One byte more than there should be, to see whether there is more.
        let mut buffer = Self::zeroed(expected.min(limit) + 1);
        let mut len = 0;
        loop {
            match reader.read(&mut buffer.expose_mut()[len..]) {
                Ok(0) => break,
                Ok(read) => len += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if len > limit {
                return Ok(None);
            }
            if len == buffer.len() {
                let mut larger = Self::zeroed((2 * len).max(4096));
                larger.expose_mut()[..len].copy_from_slice(buffer.expose());
                buffer = larger;
            }
        }
        buffer.truncate(len);
        Ok(Some(buffer))
    }

    /// The bytes, without the NUL.
    #[inline]
    pub fn expose(&self) -> &[u8] {
        &self.bytes.expose_secret()[..self.len]
    }

    /// The bytes, to be written in place.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.bytes.expose_secret_mut()[..self.len]
    }

    /// The bytes, the NUL and the spare ones.
    pub(crate) fn whole_mut(&mut self) -> &mut [u8] {
        self.bytes.expose_secret_mut()
    }

    /// How many bytes there are, without the NUL.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets what stands behind the first `len` bytes. `len` must not be past the end.
    pub fn truncate(&mut self, len: usize) {
        assert!(len <= self.len, "a buffer does not grow");
        // Not the spare bytes, whose content is their owner's.
        self.bytes.expose_secret_mut()[len..self.len].zeroize();
        self.len = len;
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes hidden)", self.len)
    }
}
