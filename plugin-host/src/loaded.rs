//! A library as what is served.

use std::fs::File;
use std::path::PathBuf;

use prefect_secrets_core::abi::{Imported, Settings};
use prefect_secrets_core::{Error, Kind};
use prefect_secrets_providers::plugin::{Opened, Trace, Verdict, open_checked};
use prefect_secrets_wire::serve::{Introduction, Sender, Served};

use crate::log;

/// The library, and later what it turned out to be.
pub(crate) struct Loaded {
    library: File,
    path: PathBuf,
    opened: Option<Opened>,
}

impl Loaded {
    pub(crate) fn new(library: File, path: PathBuf) -> Self {
        Self { library, path, opened: None }
    }
}

impl Served for Loaded {
    type Provider = Imported;

    fn introduce(&mut self, host: &Sender) -> Result<Introduction, Error> {
        log::to(host);
        let (opened, mut trace) = open_checked(&self.library, &self.path);
        let introduction = opened.and_then(|opened| {
            let (id, capabilities) = opened.introduce(&mut trace)?;
            self.opened = Some(opened);
            Ok(Introduction { id: id.into(), capabilities })
        });
        tell(host, &trace);
        introduction
    }

    fn create(&mut self, name: &str, settings: Settings) -> Result<Imported, Error> {
        let Some(opened) = &self.opened else {
            return Err(Error::new(Kind::Internal, "nothing was opened", "report it"));
        };
        // The host ends this process when a call does not come back.
        Ok(opened.create(name, settings, &mut Trace::new(name))?.in_place())
    }
}

fn tell(host: &Sender, trace: &Trace) {
    for line in trace.lines() {
        let refusal = match &line.verdict {
            Verdict::Refused(error) => Some(error),
            _ => None,
        };
        host.step(line.step.as_str(), &line.subject, refusal);
    }
}
