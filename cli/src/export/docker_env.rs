//! `docker-env`: lines `NAME=value`, for `docker run --env-file`; each is also an argument for
//! `prefect agent docker start --env`, which splits at the first `=` (Prefect 1.4.1).
//!
//! The rules are those of Docker's own reader (docker/cli, `pkg/kvfile`; before, `opts/file.go`):
//! there is no quoting and nothing is put in, so that quotes belong to the value; the file is UTF-8;
//! a line feed ends a line, with the carriage return before it; white space at the beginning of a line
//! is dropped, and a byte order mark at the beginning of the file; `#` begins a comment; a name holds no
//! blank; a line is below 64 KiB.

use std::io::{Result, Write};

use prefect_secrets_core::Error;

use super::form::{Form, holds_nul, utf8};
use crate::handover::Handed;

/// What Go's scanner takes, with the end of the line.
const LINE: usize = 64 << 10;
const BYTE_ORDER_MARK: char = '\u{feff}';

pub(super) struct DockerEnv;

impl Form for DockerEnv {
    fn refused(&self, one: &Handed) -> Option<Error> {
        let name = &one.variable;
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '=' || c == BYTE_ORDER_MARK;
        if name.is_empty() || name.starts_with('#') || name.contains(odd) {
            return Some(one.refused(
                format!("{name:?} is no name of a variable for Docker: it is empty, begins with `#`, or holds a blank or a `=`"),
                "name the variable: NAME=VAR",
            ));
        }
        let text = match utf8(one) {
            Ok(text) => text,
            Err(error) => return Some(error),
        };
        let no_quoting =
            "a file for Docker has no quoting: mount it as a file, or use --format k8s";
        if text.contains('\n') {
            return Some(one.refused("it has more than one line", no_quoting));
        }
        if text.ends_with('\r') {
            return Some(
                one.refused("it ends with a carriage return, which Docker drops", no_quoting),
            );
        }
        if name.len() + 1 + text.len() >= LINE {
            return Some(
                one.refused("its line is 64 KiB or more, which Docker refuses", no_quoting),
            );
        }
        holds_nul(one)
    }

    fn write(&self, handed: &[Handed], out: &mut dyn Write) -> Result<()> {
        for one in handed {
            write!(out, "{}=", one.variable)?;
            out.write_all(one.text())?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}
