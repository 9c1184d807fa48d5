//! What the rules of values make of a file before it takes the place of the old one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prefect_secrets_core::abi::raised_privileges;
use prefect_secrets_core::{Error, Form, Secret};
use prefect_secrets_providers::local::{Environment, Local, Snapshot};

use super::splice::SECRETS;

/// Everything in the environment but what answers `name` itself; and the names of what does.
pub(super) fn variables(name: &str) -> (Vec<(OsString, OsString)>, Vec<String>) {
    let (mut others, mut own) = (Vec::new(), Vec::new());
    for (variable, value) in std::env::vars_os() {
        match variable.to_str().filter(|variable| answers(variable, name)) {
            Some(variable) => own.push(variable.to_owned()),
            None => others.push((variable, value)),
        }
    }
    (others, own)
}

/// Whether `variable` sets the secret `name`, a part of it, or all secrets.
fn answers(variable: &str, name: &str) -> bool {
    // Whichever its case; of secrets themselves other mixtures of cases are none.
    if variable.strip_prefix("PREFECT__").is_some_and(|rest| rest.eq_ignore_ascii_case("CONTEXT")) {
        return true;
    }
    let prefixes = ["PREFECT__CONTEXT__SECRETS", "PREFECT__context__secrets"];
    let Some(rest) = prefixes.iter().find_map(|prefix| variable.strip_prefix(prefix)) else {
        return false;
    };
    // A name with `__` in it is no variable's: there it would be a member of another secret.
    let member = rest.strip_prefix("__").and_then(|rest| rest.split("__").next());
    rest.is_empty() || member == Some(name)
}

/// The configuration with the file at `path`, and no variable that answers `name` itself.
pub(super) fn load(path: &Path, name: &str) -> Result<Arc<Snapshot>, Error> {
    let others = variables(name).0.into_iter();
    let environment = Environment::of(others, std::env::home_dir(), raised_privileges());
    Ok(Local::load_in(Some(environment), Some(path.to_owned()))?.snapshot())
}

/// The file that is merged over the one at `path` and has the secret `name` too.
pub(super) fn overruled(snapshot: &Snapshot, path: &Path, name: &str) -> Option<PathBuf> {
    let later = snapshot.files().iter().map(|(file, _)| file).find(|file| *file != path)?;
    let document = prefect_secrets_providers::local::read(later).ok()??;
    let keys = [SECRETS[0], SECRETS[1], name];
    let has = |keys: &[&str]| document.has_table(keys) || document.text(keys).is_some();
    // Text in the place of a table hides what is in it.
    let hides = |keys: &[&str]| document.text(keys).is_some();
    (has(&keys) || hides(&keys[..2]) || hides(&keys[..1])).then(|| later.clone())
}

/// Fails unless `snapshot` gives back `value` under `name`. What is said is what would happen to it,
/// never the value.
pub(super) fn compare(
    snapshot: &Snapshot,
    path: &Path,
    name: &str,
    value: &Secret,
    text_only: bool,
) -> Result<(), Error> {
    if let Some(later) = overruled(snapshot, path, name) {
        return Err(overruled_by(&later));
    }
    let Some(read) = snapshot.in_toml(name)? else {
        return Err(Error::invalid(
            "read back from the file, the secret would be absent",
            "keep it in Prefect Cloud, or under another name",
        ));
    };
    let is_verbatim = matches!(read.form(), Form::Verbatim);
    if !is_verbatim && value.expose_text().starts_with(b"~") {
        // Nobody may be called so today, and then it stays as it is.
        return Err(another_text(value));
    }
    if matches!(value.form(), Form::Json) {
        return match read.expose_json()? == value.expose_json()? {
            true => Ok(()),
            false if is_verbatim => Err(Error::invalid(
                "the configuration says verbatim = true for toml, where every value is text",
                "send the value as text, without --json, or keep it in Prefect Cloud",
            )),
            false => Err(Error::invalid(
                "read back from the file by Prefect's rules, the value would be another one",
                "keep it in Prefect Cloud, or send it as text, without --json",
            )),
        };
    }
    if read.expose_text() != value.expose_text() {
        return Err(another_text(value));
    }
    if !is_verbatim && !text_only && read.expose_json()? != value.expose_json()? {
        return Err(Error::invalid(
            "read back from the file, the text would be right, and the JSON view not: Prefect's rules \
             make a number, a boolean or another literal of it, which is what Python would get",
            "say --text-only if the text is what you need, or keep it in Prefect Cloud",
        ));
    }
    Ok(())
}

/// The secret is set in `later` too.
pub(super) fn overruled_by(later: &Path) -> Error {
    Error::invalid(
        format!("{} sets it too, and is merged over this file", later.display()),
        "take it out there first",
    )
}

fn another_text(value: &Secret) -> Error {
    Error::invalid(
        format!("read back from the file, the text would be another one: {}", why(value)),
        "keep it in Prefect Cloud, or say verbatim = true under [secrets.providers.toml], which \
         holds for every secret there",
    )
}

/// Which rule changes a text.
fn why(value: &Secret) -> &'static str {
    let text = value.expose_text();
    if text.windows(2).any(|pair| pair == b"${") {
        "Prefect's rules put a variable, or another value of the configuration, in the place of ${...}"
    } else if text.contains(&b'$') {
        "Prefect's rules put a variable in the place of its name behind $"
    } else if text.starts_with(b"~") {
        "Prefect's rules put a home directory in the place of the ~ that it begins with"
    } else {
        "Prefect's rules change it"
    }
}
