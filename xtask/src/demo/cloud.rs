//! The Cloud of the demo.

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::Prefect3;
use prefect_secrets_testing::prefect3::Setup;

use super::seeds;
use crate::python;

/// The Cloud of the demo, with one secret in it, for as long as this lives.
pub(super) enum Cloud {
    /// What Prefect 1's Cloud was, in this process.
    StandIn(StandIn),
    /// A real server of Prefect 3.
    Prefect3(Prefect3),
}

impl Cloud {
    pub(super) fn stand_in() -> Result<Self, String> {
        let secrets = Secrets::new().with(seeds::CLOUD.0, format!("{:?}", seeds::CLOUD.1));
        let started = StandIn::start(secrets.requiring_key(seeds::API_KEY));
        started
            .map(Self::StandIn)
            .map_err(|error| format!("the Cloud on loopback does not start: {error}"))
    }

    /// Sets up Prefect 3, starts its server, and lets its own client keep the secret, under the name
    /// that Prefect 3 allows.
    pub(super) fn prefect3() -> Result<Self, String> {
        python::prefect3()?;
        println!("starting a Prefect 3 server (the first time takes half a minute)");
        let setup = Setup {
            auth_string: Some(seeds::AUTH_STRING),
            csrf_seconds: Some(3600),
            ..Setup::default()
        };
        let server = Prefect3::start(&setup).ok_or("Prefect 3 is not set up")?;
        let name = seeds::CLOUD.0.to_lowercase().replace('_', "-");
        println!("keeping a secret there with Prefect's own client, as {name:?}");
        server.keep(&[(&name, seeds::CLOUD.1)]);
        Ok(Self::Prefect3(server))
    }

    /// For a person.
    pub(super) fn called(&self) -> String {
        match self {
            Self::StandIn(cloud) => format!("a Cloud on {}", cloud.address()),
            Self::Prefect3(server) => format!("a Prefect 3 server on {}", server.address()),
        }
    }

    /// What the host is told of it.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::StandIn(cloud) => vec![
                ("PREFECT__CLOUD__API", cloud.address()),
                ("PREFECT__CLOUD__API_KEY", seeds::API_KEY.into()),
            ],
            Self::Prefect3(server) => server.variables(),
        }
    }
}
