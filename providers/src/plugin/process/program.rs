//! Where `prefect-secrets-plugin-host` is.

use std::path::{Path, PathBuf};

use prefect_secrets_core::Error;

use crate::plugin::own::own_folder;
use crate::plugin::trust;

/// What it is called.
pub(in crate::plugin) const HOST: &str = "prefect-secrets-plugin-host";
/// Where packages install it.
const INSTALLED: [&str; 2] = ["/usr/local/libexec/prefect-secrets", "/usr/libexec/prefect-secrets"];

/// The program that a plugin runs in, checked as a plugin is: at `configured`, or beside the file
/// that holds this code, or where packages put it.
pub(in crate::plugin) fn find(configured: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(path) = configured {
        return Ok(trust::open(path)?.path);
    }
    let places = places();
    match places.iter().find(|place| place.exists()) {
        Some(place) => Ok(trust::open(place)?.path),
        None => Err(Error::invalid(
            format!("the program {HOST} is nowhere, and the plugin wants a process of its own"),
            format!(
                "install it as {}, or write its path as plugin_host under [secrets], or \
                 isolation = \"in-process\" if the plugin is trusted",
                places.last().map_or(Path::new(HOST), |place| place).display()
            ),
        )),
    }
}

fn places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    if let Some(folder) = own_folder() {
        places.push(folder.join(HOST));
        // From lib/, from lib/x86_64-linux-gnu/, from bin/.
        places.push(folder.join("../libexec/prefect-secrets").join(HOST));
        places.push(folder.join("../../libexec/prefect-secrets").join(HOST));
    }
    places.extend(INSTALLED.iter().map(|folder| Path::new(folder).join(HOST)));
    places
}
