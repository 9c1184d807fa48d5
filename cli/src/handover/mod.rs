//! What `run` and `export` share: which secrets are wanted, as which variables; all of them fetched, or
//! nothing done; and whether Prefect would read from those variables what was handed over.

mod fetch;
mod read_back;
mod wanted;

use prefect_secrets_core::{Error, Secret};

use crate::exit::Exit;

pub(crate) use fetch::fetch;
pub(crate) use read_back::Reader;
use read_back::read_back;
pub(crate) use wanted::Wanted;

/// Where Prefect 1 and this library look for the secret whose name follows.
const PREFIX: &str = "PREFECT__CONTEXT__SECRETS__";

/// A secret that is handed over, and the variable that it becomes.
pub(crate) struct Handed {
    pub(crate) name: String,
    pub(crate) variable: String,
    pub(crate) secret: Secret,
}

impl Handed {
    /// The name that Prefect would ask for, if it looks at this variable.
    fn prefect_name(&self) -> Option<&str> {
        let variable = &self.variable;
        variable
            .strip_prefix(PREFIX)
            .or_else(|| variable.strip_prefix("PREFECT__context__secrets__"))
    }

    /// The path of the setting that Prefect would take it for.
    fn prefect_setting(&self) -> Option<String> {
        let path = self.variable.strip_prefix("PREFECT__")?.to_lowercase();
        (!path.starts_with("context__secrets")).then_some(path)
    }

    pub(crate) fn text(&self) -> &[u8] {
        self.secret.expose_text()
    }

    /// The failure that this one cannot be handed over.
    pub(crate) fn refused(&self, what: impl Into<String>, next_step: impl Into<String>) -> Error {
        Error::invalid(what.into(), next_step.into()).about(&self.name)
    }
}

/// Tells why any of `handed` cannot be handed over, if there is such: `refused` says what the form
/// cannot hold, and what it can is read back as `reader` would.
pub(crate) fn refuse(
    handed: &[Handed],
    refused: impl Fn(&Handed) -> Option<Error>,
    reader: Reader,
    text_only: bool,
) -> Result<Option<Exit>, Error> {
    let (mut errors, mut held) = (Vec::new(), Vec::new());
    for one in handed {
        match refused(one) {
            Some(error) => errors.push(error),
            None => held.push(one),
        }
    }
    errors.extend(read_back(&held, reader, text_only)?);
    errors.iter().for_each(crate::report);
    Ok((!errors.is_empty()).then_some(Exit::Failure))
}
