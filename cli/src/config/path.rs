//! `config path`.

use std::os::unix::ffi::OsStrExt;

use prefect_secrets_core::{Error, Kind};
use prefect_secrets_providers::local::{Environment, Local};
use serde_json::json;

use super::places::{Place, places};
use crate::arguments::ConfigPath;
use crate::exit::Exit;
use crate::output::{print, print_bytes};

pub(super) fn run(path: &ConfigPath) -> Result<Exit, Error> {
    let environment = Environment::of_this_process();
    if path.json {
        // Where a file is can be told of most of them, though one may be broken.
        let local = Local::load(None).ok();
        let snapshot = local.map(|local| local.snapshot());
        let files: Vec<_> = places(&environment, snapshot.as_deref()).iter().map(as_json).collect();
        print(&(json!({ "version": 1, "files": files }).to_string() + "\n"))?;
        return Ok(Exit::Found);
    }
    let path = environment.config_path().ok_or_else(|| {
        Error::new(
            Kind::Invalid,
            format!(
                "no config.toml is read: {} is empty, or nobody knows the home directory",
                Environment::CONFIG
            ),
            format!("set {} to the path of one, or HOME", Environment::CONFIG),
        )
    })?;
    let mut line = path.as_os_str().as_bytes().to_vec();
    line.push(b'\n');
    print_bytes(&line)?;
    Ok(Exit::Found)
}

fn as_json(place: &Place) -> serde_json::Value {
    let path = place.path();
    json!({
        "role": place.role,
        "path": path.map(|path| path.to_string_lossy()),
        "exists": path.is_some_and(|path| path.is_file()),
        "moved_by": place.moved_by,
    })
}
