//! `plugin new NAME`.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use prefect_secrets_core::{Error, Kind};

use crate::arguments::{Language, PluginNew};
use crate::exit::Exit;
use crate::output::print;

const HEADER: &str = include_str!("../../../include/prefect_secrets_provider.h");

pub(crate) fn run(new: &PluginNew) -> Result<Exit, Error> {
    check_name(&new.name)?;
    let core = core(new)?;
    let folder = Path::new(&new.name);
    let fill = |template: &str| {
        template
            .replace("@NAME@", &new.name)
            .replace("@CRATE@", &new.name.replace('-', "_"))
            .replace("@CORE@", &core)
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
        Language::Cpp => (
            vec![
                (&manifest, fill(include_str!("../../templates/cpp/manifest.toml"))),
                ("prefect_secrets_provider.h", HEADER.into()),
                ("plugin.cpp", fill(include_str!("../../templates/cpp/plugin.cpp"))),
                // What the standard library's templates make would be exported otherwise.
                ("plugin.map", include_str!("../../templates/cpp/plugin.map").into()),
            ],
            format!(
                "c++ -std=c++17 -O2 -Wall -Wextra -shared -fPIC {name}/plugin.cpp \
                 -Wl,--version-script={name}/plugin.map -o {name}/{name}.so"
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
        "{name}/ is the starting point of a plugin. Build it, and see whether it keeps the rules:\n\n  {build}\n  \
         echo '{{\"greeting\": \"hello\"}}' > settings.json\n  \
         prefect-secrets plugin check --settings settings.json --name GREETING \"$PWD/{name}/{name}.toml\"\n"
    ))?;
    Ok(Exit::Found)
}

/// A name that is also an id of the provider ABI, a folder and a crate.
fn check_name(name: &str) -> Result<(), Error> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && name.len() <= 64 && name.bytes().all(fits) {
        return Ok(());
    }
    Err(Error::invalid(
        format!("{name:?} is no name for a plugin"),
        "take 1 to 64 of a to z, 0 to 9 and dashes, a letter first",
    ))
}

/// Where a plugin in Rust takes the ABI from, as TOML writes a text; nothing for the others.
fn core(new: &PluginNew) -> Result<String, Error> {
    let folder = match (new.language, &new.core) {
        (Language::C | Language::Cpp, _) => return Ok(String::new()),
        (Language::Rust, Some(folder)) => folder,
        (Language::Rust, None) => {
            return Err(Error::invalid(
                "a plugin in Rust needs the crate prefect-secrets-core, which is not published yet",
                "name the folder `core` of a checkout of this project with --core",
            ));
        }
    };
    // The new project stands in a folder of its own.
    let whole = fs::canonicalize(folder).map_err(|error| {
        Error::invalid(
            format!("{} cannot be found: {error}", folder.display()),
            "name the folder `core` of a checkout of this project",
        )
    })?;
    Ok(format!("{:?}", whole.display().to_string()))
}
