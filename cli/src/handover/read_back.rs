//! Whether Prefect's variables give back what they are given: they are read with the rules that would
//! read them, before anything is started or written.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use prefect_secrets_core::abi::raised_privileges;
use prefect_secrets_core::{Error, Secret};
use prefect_secrets_providers::local::{Environment, Local, Node};

use super::Handed;

/// Who reads the variables.
#[derive(Clone, Copy)]
pub(crate) enum Reader {
    /// A program that has our environment beside them, and our files.
    Child,
    /// Somebody elsewhere, of whose environment nothing is known: every variable that a value
    /// mentions may be there, and every home.
    Elsewhere,
}

type Variable = (OsString, OsString);

/// The failures of those that would come back different; `text_only` accepts that of the JSON view.
pub(super) fn read_back(
    handed: &[&Handed],
    reader: Reader,
    text_only: bool,
) -> Result<Vec<Error>, Error> {
    let prefects = || handed.iter().filter_map(|one| Some((*one, one.prefect_name()?)));
    let settings = || handed.iter().filter_map(|one| Some((*one, one.prefect_setting()?)));
    if prefects().next().is_none() && settings().next().is_none() {
        return Ok(Vec::new());
    }
    let local = match reader {
        Reader::Child => child(handed)?,
        Reader::Elsewhere => elsewhere(handed)?,
    };
    let snapshot = local.snapshot();
    // Of a user, too, who is not known here: on another day, or another machine, somebody has the name.
    let is_home = |one: &Handed| one.text().first() == Some(&b'~');
    let mut errors = Vec::new();
    for (one, asked) in prefects() {
        let back = snapshot.in_env(asked);
        let told = match back {
            Ok(Some(_)) if is_home(one) => Err(Difference::Text),
            Ok(Some(back)) => compare(&one.secret, back, text_only),
            Ok(None) | Err(_) => Err(Difference::Absent),
        };
        errors.extend(told.err().map(|difference| difference.told(one, asked)));
    }
    for (one, path) in settings() {
        let back = snapshot.settings().at(path.split("__")).and_then(Node::leaf);
        // A boolean is one whatever its case.
        let is_same = |text: &[u8]| text.eq_ignore_ascii_case(one.text());
        if is_home(one) || !back.is_some_and(|(text, _)| is_same(text)) {
            errors.push(one.refused(
                format!("Prefect would read another value from the setting {:?}: it puts variables, homes and references into it ($HOME, ~, ${{...}}), and makes a number of a text like 0000", one.variable),
                "hand it over as a plain variable (NAME=VAR), and have the program set it",
            ));
        }
    }
    Ok(errors)
}

/// As a child of ours would load it.
fn child(handed: &[&Handed]) -> Result<Local, Error> {
    let inherited = std::env::vars_os().filter(|(name, _)| {
        !handed.iter().any(|one| name.as_os_str() == OsStr::new(&one.variable))
    });
    let environment = Environment::of(
        variables(handed).chain(inherited),
        std::env::home_dir(),
        raised_privileges(),
    );
    Local::load_in(Some(environment), None)
}

/// With no file, and where every variable that is mentioned says something else.
fn elsewhere(handed: &[&Handed]) -> Result<Local, Error> {
    const NOWHERE: &str = "/nonexistent";
    let mentioned = handed.iter().flat_map(|one| mentioned(one.text()));
    let always = ["HOME", "PATH", "USER"].map(str::as_bytes);
    // What is handed over says itself what it is.
    let is_ours = |name: &&[u8]| handed.iter().any(|one| one.variable.as_bytes() == *name);
    let others = always.into_iter().chain(mentioned).filter(|name| !is_ours(name));
    let others = others.map(|name| (OsStr::from_bytes(name).to_owned(), NOWHERE.into()));
    let no_backend = ("PREFECT__BACKEND_CONFIG_PATH".into(), "/dev/null".into());
    let all = variables(handed).chain([no_backend]).chain(others);
    let environment = Environment::of(all, Some(PathBuf::from(NOWHERE)), false);
    Local::load_in(Some(environment), Some("/dev/null".into()))
}

/// What is handed over, as the reader's environment has it.
fn variables(handed: &[&Handed]) -> impl Iterator<Item = Variable> {
    handed.iter().map(|one| {
        // Moved from here into memory that is wiped.
        let value = OsString::from_vec(one.text().to_vec());
        (OsString::from(&one.variable), value)
    })
}

/// The names behind each `$` in `text`: `$NAME` and `${NAME}`.
fn mentioned(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'$').skip(1).filter_map(|rest| {
        let (rest, end) = match rest.strip_prefix(b"{") {
            Some(rest) => (rest, rest.iter().position(|byte| *byte == b'}')?),
            None => {
                let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                (rest, rest.iter().position(|byte| !word(byte)).unwrap_or(rest.len()))
            }
        };
        let name = &rest[..end];
        // Nobody calls a variable `5`.
        (!name.first().is_none_or(u8::is_ascii_digit)).then_some(name)
    })
}

/// How it would come back.
enum Difference {
    Absent,
    Text,
    Json,
}

fn compare(original: &Secret, back: &Secret, text_only: bool) -> Result<(), Difference> {
    if original.expose_text() != back.expose_text() {
        return Err(Difference::Text);
    }
    match text_only || original.expose_json().ok() == back.expose_json().ok() {
        true => Ok(()),
        false => Err(Difference::Json),
    }
}

impl Difference {
    fn told(self, one: &Handed, asked: &str) -> Error {
        let variable = &one.variable;
        match self {
            Self::Absent if asked.contains("__") => one.refused(
                format!("Prefect would not find it in {variable:?}: `__` in a name makes a member of another secret"),
                "hand it over under another name: NAME=VAR",
            ),
            Self::Absent => one.refused(
                format!("Prefect would not find it in {variable:?}"),
                "hand it over as a plain variable: NAME=VAR",
            ),
            Self::Text => one.refused(
                format!("Prefect would read another text from {variable:?}: it puts variables, homes and references into a value ($HOME, ~, ${{...}}), and merges members"),
                "hand it over as a plain variable (NAME=VAR), or keep it in Prefect Cloud, where such texts stay as they are",
            ),
            Self::Json => one.refused(
                format!("Prefect would read another JSON value from {variable:?}: a text like 0000 is a number there"),
                "--text-only accepts that, where only the text is used",
            ),
        }
    }
}
