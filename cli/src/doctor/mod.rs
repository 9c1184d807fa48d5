//! `doctor`: what keeps secrets from being had, or from being safe. A file for each thing that is examined; each
//! writes what it finds into the report, and none ends it.

mod clock;
mod configuration;
mod files;
mod plugins;
mod providers;
mod report;
mod shell;
mod table;
mod tls;
mod versions;

use prefect_secrets_core::{Chain, Error};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::local::{Environment, Local, Snapshot};

use self::report::{Outcome, Report};
use crate::arguments::Doctor;
use crate::cloud::Looking;
use crate::config::places;
use crate::exit::Exit;
use crate::output::print;
use crate::progress::Progress;
use crate::style::Colours;

pub(crate) fn run(doctor: &Doctor) -> Result<Exit, Error> {
    let mut progress = Progress::begin();
    progress.tell(|| "reading the configuration and loading the plugins".into());
    let mut report = Report::default();
    let local = Local::load(None).map(|local| local.snapshot());
    let places = places(&Environment::of_this_process(), local.as_deref().ok());
    let chain = Opener::new().open();

    configuration::examine(&places, &local, &chain, &mut report);
    files::examine(&places, &mut report);
    if let (Ok(snapshot), Ok(chain)) = (&local, &chain) {
        providers::examine(chain, snapshot, doctor.timeout, &progress, &mut report);
        plugins::examine(chain, &mut report);
    } else {
        let what = "not asked: without a configuration there is no chain";
        report.note("providers", "chain", Outcome::Skipped, what);
        report.note("plugins", "chain", Outcome::Skipped, what);
    }
    progress.tell(|| "looking at the certificates and the clock".into());
    let cloud = match (&chain, &local) {
        (Ok(chain), Ok(snapshot)) => cloud(chain, snapshot),
        _ => Err("not looked at: without a configuration nobody knows the Cloud"),
    };
    tls::examine(cloud.as_ref().map_err(|why| *why), &mut report);
    clock::examine(cloud.as_ref().ok(), doctor.timeout, &mut report);
    versions::examine(&mut report);
    progress.end();

    print(&if doctor.json { report.to_json() } else { table::of(&report, Colours::of_stdout()) })?;
    let well = match report.outcome() {
        Outcome::Broken => false,
        Outcome::Warning => !doctor.strict,
        Outcome::Ok | Outcome::Skipped => true,
    };
    Ok(if well { Exit::Found } else { Exit::Failure })
}

/// The Cloud, if it is one of those that are asked; else why nobody looks at it.
fn cloud(chain: &Chain, snapshot: &Snapshot) -> Result<Looking, &'static str> {
    let providers = chain.links().iter().map(|link| link.provider());
    let mut asked = providers.filter(|provider| provider.skipped().is_none());
    if !asked.any(|provider| provider.name() == "cloud") {
        return Err("no Cloud is to be asked");
    }
    match Looking::at(snapshot) {
        Ok(Some(cloud)) => Ok(cloud),
        Ok(None) => Err("no Cloud is to be asked"),
        Err(_) => Err("not looked at: a setting of the Cloud is wrong, see above, under providers"),
    }
}
