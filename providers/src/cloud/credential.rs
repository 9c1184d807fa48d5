//! What a request says about who sends it.

use prefect_secrets_core::{Buffer, Error};

/// A key that a header can carry: visible characters of ASCII, and spaces (which Prefect 1 sends as
/// they are, measured). `place` names the setting, and where it was set.
pub(super) fn check_key(key: Buffer, place: &str) -> Result<Buffer, Error> {
    if key.expose().iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return Ok(key);
    }
    Err(Error::invalid(
        format!("{place} holds a line break or another character that no key has"),
        "set the key again, as the Cloud gave it",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_fits_into_a_header() {
        let check = |key: &[u8]| check_key(Buffer::copy_of(key), "cloud.api_key").is_ok();
        assert!(check(b" k ") && check(b"{'a': 1}"));
        assert!(
            !check(b"k\n") && !check(b"a\r\nX: y") && !check(b"k\x7f") && !check("é".as_bytes())
        );
    }
}
