//! `k8s`: a Secret of Kubernetes as YAML, with its values in base64, so that all bytes can be held.
//!
//! The rules of the API (kubernetes/kubernetes, `ValidateSecret` and `IsConfigMapKey`): a key is 1 to 253
//! of the characters `-._a-zA-Z0-9`, is not `.`, and does not begin with `..`; the values are 1 MiB in all
//! at most. Keys are quoted, because YAML would take some for a number or a boolean.

use std::io::{Result, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use prefect_secrets_core::{Buffer, Error};

use super::form::Form;
use crate::handover::Handed;

/// The most that the values may be together.
const LARGEST: usize = 1 << 20;
/// So much of a value is encoded at once: a multiple of 3, so that the pieces join.
const PIECE: usize = 3 << 10;

pub(super) struct K8s {
    /// What the Secret is called; checked.
    pub(super) name: String,
}

impl Form for K8s {
    fn refused(&self, one: &Handed) -> Option<Error> {
        let key = one.variable.as_bytes();
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
        let fits = (1..=253).contains(&key.len()) && key.iter().all(plain);
        (!fits || key == b"." || key.starts_with(b"..")).then(|| {
            one.refused(
                format!("{:?} is no key for Kubernetes: 1 to 253 letters, digits, -, _ and ., with no .. first", one.variable),
                "name the key: NAME=VAR",
            )
        })
    }

    fn all_refused(&self, handed: &[Handed]) -> Option<Error> {
        let size: usize = handed.iter().map(|one| one.text().len()).sum();
        (size > LARGEST).then(|| {
            Error::invalid(
                format!(
                    "the secrets are {size} bytes together, and Kubernetes takes 1 MiB in a Secret"
                ),
                "make several, each with some of the names and a --name of its own",
            )
        })
    }

    fn write(&self, handed: &[Handed], out: &mut dyn Write) -> Result<()> {
        writeln!(
            out,
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"{}\"\ntype: Opaque",
            self.name
        )?;
        out.write_all(if handed.is_empty() { b"data: {}\n" } else { b"data:\n" })?;
        let mut encoded = Buffer::zeroed(PIECE / 3 * 4);
        for one in handed {
            write!(out, "  \"{}\": \"", one.variable)?;
            for piece in one.text().chunks(PIECE) {
                let encoding = BASE64_STANDARD.encode_slice(piece, encoded.expose_mut());
                let len = encoding.map_err(std::io::Error::other)?;
                out.write_all(&encoded.expose()[..len])?;
            }
            out.write_all(b"\"\n")?;
        }
        Ok(())
    }
}
