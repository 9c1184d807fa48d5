//! `run -- CMD`.

use std::convert::Infallible;
use std::ffi::{CString, OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use prefect_secrets_core::{Error, Kind};

use crate::arguments::Run;
use crate::exit::Exit;
use crate::handover::{Handed, Reader, Wanted, fetch, refuse};
use crate::inherited;

/// On success this never returns: the child has taken our place.
pub(crate) fn run(run: &Run) -> Result<Exit, Error> {
    let handover = &run.handover;
    let wanted = Wanted::of(&[], handover, handover.prefect);
    let handed = match fetch("run", wanted, &handover.within)? {
        Ok(handed) => handed,
        Err(exit) => return Ok(exit),
    };
    if let Some(exit) = refuse(&handed, refused, Reader::Child, handover.text_only)? {
        return Ok(exit);
    }
    let Err(error) = exec(&run.command, &handed);
    Ok(told(&error, &run.command[0], &handed))
}

/// Why the environment of a program cannot hold it.
fn refused(one: &Handed) -> Option<Error> {
    let variable = &one.variable;
    if variable.is_empty() || variable.contains(['=', '\0']) {
        return Some(one.refused(
            format!("{variable:?} cannot be the name of a variable: it is empty, or holds a `=`"),
            "name the variable: NAME=VAR",
        ));
    }
    one.text().contains(&0).then(|| {
        one.refused(
            "it holds a NUL, where a variable would end",
            "let the program read it from `prefect-secrets get`",
        )
    })
}

/// Puts the program into the place of this one.
fn exec(words: &[OsString], handed: &[Handed]) -> Result<Infallible, std::io::Error> {
    let value = |one: &Handed| OsString::from_vec(one.text().to_vec());
    if !inherited::is_pipe_ignored() {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command.envs(handed.iter().map(|one| (&one.variable, value(one))));
        return Err(command.exec());
    }
    let kept = std::env::vars_os()
        .filter(|(name, _)| handed.iter().all(|one| name.as_os_str() != OsStr::new(&one.variable)));
    let all = kept.chain(handed.iter().map(|one| (OsString::from(&one.variable), value(one))));
    let environment = all.map(|(name, value)| {
        let mut variable = Vec::with_capacity(name.len() + value.len() + 2);
        variable.extend_from_slice(name.as_bytes());
        variable.push(b'=');
        variable.extend_from_slice(value.as_bytes());
        CString::new(variable)
    });
    let environment = environment.collect::<Result<Vec<_>, _>>()?;
    let words: Result<Vec<_>, _> = words.iter().map(|word| CString::new(word.as_bytes())).collect();
    let words = words?;
    nix::unistd::execvpe(&words[0], &words, &environment).map_err(Into::into)
}

/// Why the program was not started.
fn told(error: &std::io::Error, program: &OsStr, handed: &[Handed]) -> Exit {
    let largest = handed.iter().max_by_key(|one| one.variable.len() + one.text().len());
    let (exit, error) = match (error.kind(), largest) {
        (ErrorKind::ArgumentListTooLong, Some(one)) => {
            let next = "a variable may take 128 KiB, and all of them with the arguments some MiB: let \
                        the program read it from `prefect-secrets get`, or pass fewer";
            let what = format!(
                "{program:?} cannot be started: its arguments and variables are too large, and {:?} \
                 is the largest of the secrets among them",
                one.variable
            );
            (Exit::CannotRun, one.refused(what, next))
        }
        (ErrorKind::NotFound, _) => {
            let what = format!("{program:?} cannot be started: {error}");
            let next =
                "look at the name and the PATH; of a script, at the program in its first line";
            (Exit::NoProgram, Error::invalid(what, next))
        }
        _ => {
            let what = format!("{program:?} cannot be started: {error}");
            let next = "look at its permissions, and whether it is a program for this machine";
            (Exit::CannotRun, Error::new(Kind::Unavailable, what, next))
        }
    };
    crate::report(&error);
    exit
}
