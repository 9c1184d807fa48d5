//! How the Cloud would be asked, for a person who looks for what is wrong with that. No answer rests on
//! anything here, and `libprefect_secrets.so` has none of it.

use std::time::{Duration, SystemTime};

use prefect_secrets_core::Error;

use super::address::Address;
use super::configured::Chosen;
use super::http::{self, Trust};
use crate::local::Snapshot;

/// How the Cloud would be asked.
pub struct Looking {
    address: Address,
    trust: Trust,
}

impl Looking {
    /// At the Cloud that `snapshot` means; `None` if none is to be asked. *Invalid* if a setting is
    /// wrong.
    pub fn at(snapshot: &Snapshot) -> Result<Option<Self>, Error> {
        Ok(match Chosen::read(snapshot)? {
            Chosen::GraphQl(settings, _) => {
                Some(Self { address: settings.address, trust: Trust::System })
            }
            Chosen::Rest(settings, _) => {
                Some(Self { address: settings.address, trust: settings.trust })
            }
            Chosen::Nobody(_) => None,
        })
    }

    /// Host and port of the address; the rest of it may say more than a log should.
    pub fn host(&self) -> String {
        self.address.host()
    }

    /// Whether it needs TLS.
    pub fn is_https(&self) -> bool {
        self.address.is_https()
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        self.address.is_loopback()
    }

    /// How many certificate authorities are trusted; `None` if nobody's certificate is checked. Fails
    /// where the Cloud would fail: with none, or where the file that names them cannot be read.
    pub fn authorities(&self) -> Result<Option<usize>, Error> {
        self.trust.authorities()
    }

    /// The setting of Prefect 3 that names their file, and where it was set.
    pub fn authorities_place(&self) -> Option<&str> {
        self.trust.place()
    }

    /// What time it is there: the `Date` of an answer to a request without a key, and how long that
    /// took. `None` if there is no such answer within `limit`. Its certificate is not checked, since
    /// none is valid where the clock is wrong: good for a message, and for nothing else.
    pub fn date(&self, limit: Duration) -> Option<(SystemTime, Duration)> {
        http::date(&self.address, limit)
    }
}
