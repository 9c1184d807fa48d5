//! `set NAME`.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;

use prefect_secrets_core::{Buffer, Deadline, Error, Form, Kind, Secret};

use crate::arguments::Set;
use crate::config_file::ConfigFile;
use crate::exit::Exit;
use crate::prompt::prompt;
use crate::usage::no_argument;
use crate::within::waiting;

/// The most that a value may be: what an answer of the Cloud may be.
const LARGEST: usize = 16 << 20;

pub(crate) fn run(set: &Set) -> Result<Exit, Error> {
    let name = &set.asked.name;
    // No variable can have such a name, and what is behind it would be kept where names are listed.
    if name.contains('=') {
        return Ok(no_argument());
    }
    let (chain, deadline) = set.asked.within.open()?;
    if let Some(file) = ConfigFile::behind(&chain, set.to.as_deref()) {
        let file = file.map_err(|error| error.about(name))?;
        file.can_set(name)?;
        let value = value(set).map_err(|error| error.about(name))?;
        // A person may have typed for long.
        let deadline = Deadline::within(set.asked.within.timeout);
        file.set(name, &value, set.text_only, &deadline)?;
        let others = file.others(&chain, name, &deadline);
        for but in others.iter().map(String::as_str).chain(file.depends(name, &value)) {
            let _ = writeln!(std::io::stderr(), "prefect-secrets: {name:?} is written, but {but}");
        }
        return Ok(Exit::Found);
    }
    // Before anybody types a value in vain.
    let advised = |error: Error| ConfigFile::advised(error, &chain, set.to.as_deref(), "--to toml");
    chain.can_set(set.to.as_deref()).map_err(|error| advised(error).about(name))?;
    let value = value(set).map_err(|error| error.about(name))?;
    waiting(&chain, "writing", name, || chain.set(set.to.as_deref(), name, &value, &deadline))?;
    Ok(Exit::Found)
}

/// The value, from whoever types or sends it.
fn value(set: &Set) -> Result<Secret, Error> {
    let stdin = std::io::stdin();
    let bytes = if stdin.is_terminal() {
        prompt(&format!("Value of {:?}: ", set.asked.name))?
    } else {
        // Straight from the descriptor: the buffer behind `stdin` would keep a copy.
        let straight = stdin.as_fd().try_clone_to_owned().map(File::from);
        let bytes = straight.and_then(|file| Buffer::read(file, 4096, LARGEST));
        let bytes = bytes.map_err(|error| {
            let what = format!("the value could not be read from stdin: {error}");
            Error::new(Kind::Unavailable, what, "look at what writes it")
        })?;
        let bytes = bytes.ok_or_else(|| {
            Error::invalid("the value is over 16 MiB", "keep a value that large elsewhere")
        })?;
        if bytes.is_empty() && !set.allow_empty {
            return Err(Error::invalid(
                "nothing came on stdin",
                "look at what writes it; --allow-empty keeps the empty text",
            ));
        }
        if !set.json && is_line(bytes.expose()) {
            let _ = writeln!(
                std::io::stderr(),
                "prefect-secrets: the value ends with a newline, which is kept; `printf %s` sends \
                 none"
            );
        }
        bytes
    };
    if !set.json {
        return Ok(Secret::to_set(bytes, Form::Text));
    }
    let valid = serde_json::from_slice::<&serde_json::value::RawValue>(bytes.expose());
    let json = valid.map_err(|error| {
        // The message of that one has a place and no content.
        Error::invalid(
            format!("the value is not JSON (line {}, column {})", error.line(), error.column()),
            "give one JSON document, or leave --json out",
        )
    })?;
    let compact = prefect_secrets_core::value::read(json.get());
    Ok(Secret::to_set(compact, Form::Json))
}

/// Whether this is one line and its end, which somebody may have sent without meaning the end.
fn is_line(bytes: &[u8]) -> bool {
    bytes.iter().position(|byte| *byte == b'\n').is_some_and(|at| at + 1 == bytes.len())
}
