//! A name that is given early or late, and resolved when the value is wanted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::background::Later;
use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::name::Name;
use crate::provider::Answer;
use crate::secret::Secret;

/// Which secret something will need when it runs, as Prefect's task `PrefectSecret` holds it: the name
/// may be known now, or be given when the value is wanted, and then it is the given one that counts.
/// Without either there is nothing to ask for; the failure says what Prefect's task says (1.4.1).
///
/// It deserializes from a string, or from nothing.
///
/// ```
/// # use prefect_secrets_core::{Chain, Deadline, LateName};
/// # let chain = Chain::new(Vec::new());
/// #[derive(serde::Deserialize)]
/// struct Settings { access_token_secret: LateName }
///
/// let settings: Settings = serde_json::from_str(r#"{"access_token_secret": "TOKEN"}"#).unwrap();
/// let secret = settings.access_token_secret.resolve(None, &chain, &Deadline::default())?;
/// assert!(secret.is_none(), "no provider has it here");
/// let unnamed = LateName::default().resolve(None, &chain, &Deadline::default()).unwrap_err();
/// assert_eq!(unnamed.what(), "A secret name must be provided");
/// # Ok::<(), prefect_secrets_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LateName(Option<Name>);

impl LateName {
    /// Known now.
    pub fn known(name: Name) -> Self {
        Self(Some(name))
    }

    /// The name that counts: the one that is `given` now, or else the one that was known.
    pub fn name<'a>(&'a self, given: Option<&'a Name>) -> Result<&'a Name, Error> {
        given.or(self.0.as_ref()).ok_or_else(|| {
            Error::invalid(
                "A secret name must be provided",
                "give one when this is made, or when the value is asked for",
            )
        })
    }

    /// Asks `chain` for the secret, by the name that is `given` now or was known.
    pub fn resolve(&self, given: Option<&Name>, chain: &Chain, deadline: &Deadline) -> Answer {
        self.name(given)?.resolve(chain, deadline)
    }

    /// The same without blocking the caller's thread, see [`Chain::get_async`].
    pub fn resolve_async(
        &self,
        given: Option<&Name>,
        chain: &Arc<Chain>,
        deadline: &Deadline,
    ) -> Later<Option<Secret>> {
        match self.name(given) {
            Ok(name) => chain.get_async(name.as_str(), deadline),
            Err(error) => Later::ready(Err(error)),
        }
    }
}

impl From<Name> for LateName {
    fn from(name: Name) -> Self {
        Self::known(name)
    }
}
