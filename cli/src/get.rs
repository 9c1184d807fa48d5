//! `get NAME`.

use std::io::{IsTerminal, Write};

use prefect_secrets_core::Error;

use crate::arguments::Get;
use crate::exit::Exit;
use crate::output::{straight, unwritten};
use crate::within::waiting;

pub(crate) fn run(get: &Get) -> Result<Exit, Error> {
    let (chain, deadline) = get.asked.within.open()?;
    let name = &get.asked.name;
    // What is in memory starts no thread for somebody who would wait.
    let answer = chain
        .get_now(name)
        .unwrap_or_else(|| waiting(&chain, "asking for", name, || chain.get(name, &deadline)));
    let Some(secret) = answer? else {
        tell_absent(name);
        return Ok(Exit::NotFound);
    };
    let bytes = if get.json {
        secret.expose_json().map_err(|error| error.about(name))?.as_bytes()
    } else {
        secret.expose_text()
    };
    print(bytes).map_err(|error| unwritten("the value", &error).about(name))?;
    Ok(Exit::Found)
}

/// Says that there is no such secret.
pub(crate) fn tell_absent(name: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "prefect-secrets: no secret {name:?}; `prefect-secrets explain {}` tells who was asked",
        crate::explain::quoted(name),
    );
}

/// Writes a value, with a newline for a person to see where it ends.
fn print(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = straight()?;
    out.write_all(bytes)?;
    if out.is_terminal() { out.write_all(b"\n") } else { Ok(()) }
}
