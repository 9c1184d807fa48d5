//! `export`: a file for each format, and where it all goes.

mod docker_env;
mod dotenv;
mod form;
mod json;
mod k8s;
mod output;
mod shell;

use prefect_secrets_core::{Buffer, Error, Kind};

use crate::arguments::{Export, Format};
use crate::exit::Exit;
use crate::handover::{Handed, Reader, Wanted, fetch, refuse};
use crate::usage::wrong_usage;
use form::Form;

pub(crate) fn run(export: &Export) -> Result<Exit, Error> {
    if export.name.is_some() && export.format != Format::K8s {
        return Ok(wrong_usage("export", "--name is for --format k8s"));
    }
    let form = form(export);
    if !output::may_show(export)? {
        return Ok(Exit::Failure);
    }
    let handover = &export.handover;
    let prefect = handover.prefect || export.format == Format::DockerEnv;
    let wanted = Wanted::of(&export.names, handover, prefect);
    let handed = match fetch("export", wanted, &handover.within)? {
        Ok(handed) => handed,
        Err(exit) => return Ok(exit),
    };
    let refused = |one: &Handed| form.refused(one);
    if let Some(exit) = refuse(&handed, refused, Reader::Elsewhere, handover.text_only)? {
        return Ok(exit);
    }
    if let Some(error) = form.all_refused(&handed) {
        return Err(error);
    }
    let written = Buffer::written(|out| form.write(&handed, out)).map_err(|error| {
        Error::new(Kind::Internal, format!("the form cannot be made: {error}"), "report it")
    })?;
    output::put(export.output.as_deref(), written.expose())?;
    form.tell(&handed);
    Ok(Exit::Found)
}

fn form(export: &Export) -> Box<dyn Form> {
    match export.format {
        Format::Dotenv => Box::new(dotenv::Dotenv),
        Format::Json => Box::new(json::Json),
        Format::Shell => Box::new(shell::Shell),
        Format::DockerEnv => Box::new(docker_env::DockerEnv),
        Format::K8s => {
            let name = export.name.clone();
            Box::new(k8s::K8s { name: name.unwrap_or_else(|| "prefect-secrets".into()) })
        }
    }
}
