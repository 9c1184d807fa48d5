//! `plugin new NAME`.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use prefect_secrets_core::{Error, Kind};

use super::print;
use crate::arguments::{Language, PluginNew};
use crate::exit::Exit;

const HEADER: &str = include_str!("../../../include/prefect_secrets_provider.h");

pub(crate) fn run(new: &PluginNew) -> Result<Exit, Error> {
    let id = id(&new.name)?;
    let folder = Path::new(&new.name);
    let fill = |template: &str| {
        template
            .replace("@NAME@", &new.name)
            .replace("@ID@", id)
            .replace("@CRATE@", &new.name.replace('-', "_"))
            .replace("@CORE@", &core(new))
    };
    let name = &new.name;
    let manifest = format!("{name}.toml");
    let (files, build): (Vec<(&str, String)>, String) = match new.language {
        Language::C => (
            vec![
                (&manifest, fill(include_str!("../../templates/c/manifest.toml"))),
                ("prefect_secrets_provider.h", HEADER.into()),
                ("plugin.c", fill(include_str!("../../templates/c/plugin.c"))),
            ],
            format!(
                "cc -std=c11 -O2 -Wall -Wextra -shared -fPIC {name}/plugin.c -o {name}/{name}.so"
            ),
        ),
        Language::Rust => (
            vec![
                (&manifest, fill(include_str!("../../templates/rust/manifest.toml"))),
                ("Cargo.toml", fill(include_str!("../../templates/rust/Cargo.toml.in"))),
                ("src/lib.rs", fill(include_str!("../../templates/rust/lib.rs"))),
            ],
            format!("cargo build --release --manifest-path {name}/Cargo.toml"),
        ),
    };
    let written = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Error::invalid(
            format!("there is a {name:?} here already"),
            "choose another name, or another folder to be in",
        ),
        _ => Error::new(
            Kind::Unavailable,
            format!("{name} cannot be written: {error}"),
            "go to a folder that can be written",
        ),
    };
    fs::create_dir(folder).map_err(written)?;
    for (file, text) in &files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(written)?;
        let file = fs::File::options().write(true).create_new(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(written)?;
    }
    print(&format!(
        "{name}/ is the starting point of a plugin. Build it, and see whether it loads:\n\n  {build}\n  \
         echo '{{\"greeting\": \"hello\"}}' > settings.json\n  \
         prefect-secrets plugin check --settings settings.json \"$PWD/{name}/{name}.toml\"\n"
    ))?;
    Ok(Exit::Found)
}

/// What the provider ABI takes as an id, and a folder and a crate as a name.
fn id(name: &str) -> Result<&str, Error> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && name.len() <= 64 && name.bytes().all(fits) {
        return Ok(name);
    }
    Err(Error::invalid(
        format!("{name:?} is no name for a plugin"),
        "take 1 to 64 of a to z, 0 to 9 and dashes, a letter first",
    ))
}

/// Where a plugin in Rust takes the ABI from.
fn core(new: &PluginNew) -> String {
    match &new.core {
        Some(path) => format!("{{ path = {:?} }}", path.display().to_string()),
        None => format!("{:?}", env!("CARGO_PKG_VERSION")),
    }
}
