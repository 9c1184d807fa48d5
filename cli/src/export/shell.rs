//! `shell`: `export NAME='...'` for any POSIX shell.
//!
//! Between single quotes every byte stands for itself, and a single quote cannot stand there (POSIX,
//! XCU 2.2.2); it is written outside of them, as `\'`. So all bytes but NUL can be held.

use std::io::{Result, Write};

use prefect_secrets_core::Error;

use super::form::{Form, holds_nul, no_identifier, write_replaced};
use crate::handover::Handed;

pub(super) struct Shell;

impl Form for Shell {
    fn refused(&self, one: &Handed) -> Option<Error> {
        no_identifier(one).or_else(|| holds_nul(one))
    }

    fn write(&self, handed: &[Handed], out: &mut dyn Write) -> Result<()> {
        for one in handed {
            write!(out, "export {}='", one.variable)?;
            write_replaced(out, one.text(), |byte| (byte == b'\'').then_some(br"'\''".as_slice()))?;
            out.write_all(b"'\n")?;
        }
        Ok(())
    }
}
