//! `json`: one object, the variables its names and the texts its values, always as strings (RFC 8259).
//! JSON is Unicode, so bytes that are not UTF-8 cannot be held.

use std::io::{Result, Write};

use prefect_secrets_core::Error;
use prefect_secrets_core::value;

use super::form::{Form, utf8};
use crate::handover::Handed;

pub(super) struct Json;

impl Form for Json {
    fn refused(&self, one: &Handed) -> Option<Error> {
        utf8(one).err()
    }

    fn write(&self, handed: &[Handed], out: &mut dyn Write) -> Result<()> {
        out.write_all(b"{")?;
        for (i, one) in handed.iter().enumerate() {
            out.write_all(if i == 0 { b"" } else { b"," })?;
            out.write_all(value::string(&one.variable).expose())?;
            out.write_all(b":")?;
            let text = utf8(one).map_err(std::io::Error::other)?;
            out.write_all(value::string(text).expose())?;
        }
        out.write_all(b"}\n")
    }
}
