//! The SHA-256 digest that a manifest pins.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use prefect_secrets_core::Error;
use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub(super) type Pin = [u8; 32];

/// A pin from 64 hexadecimal digits.
pub(super) fn parse(text: &str) -> Option<Pin> {
    let mut pin = [0; 32];
    if text.len() != 2 * pin.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (i, byte) in pin.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(pin)
}

/// Compares the content of `file` with `pin`.
pub(super) fn check(file: &File, path: &Path, pin: &Pin) -> Result<(), Error> {
    let mut digest = Sha256::new();
    let mut chunk = vec![0; 64 << 10];
    let mut at = 0;
    loop {
        let read = file.read_at(&mut chunk, at).map_err(|error| {
            Error::invalid(format!("{} cannot be read: {error}", path.display()), "mend the file")
        })?;
        if read == 0 {
            break;
        }
        digest.update(&chunk[..read]);
        at += read as u64;
    }
    if digest.finalize()[..] == pin[..] {
        return Ok(());
    }
    Err(Error::invalid(
        format!("{} is not the file whose SHA-256 digest the manifest pins", path.display()),
        format!("install the right file; if it is, write what `sha256sum {}` says", path.display()),
    ))
}
