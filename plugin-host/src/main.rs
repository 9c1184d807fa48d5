//! The program that a plugin runs in, when it has a process of its own.
//!
//! It is started by libprefect_secrets, with a socket as its standard input:
//! ```text
//! prefect-secrets-plugin-host [--sandbox [--read PATH]...] library PATH
//! prefect-secrets-plugin-host [--sandbox [--read PATH]...] program PATH [ARGUMENT]...
//! ```
//! It first cuts itself off from the host's surroundings. A library, which was checked and opened
//! by the host, is its standard output; it is loaded here and answers over the socket, see
//! `docs/wire.md`. A program takes this one's place. Where it cannot come to that, the reason is what
//! it answers the host's `hello` with.

mod arguments;
mod cage;
mod loaded;
mod log;
mod refused;
mod sandbox;

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use prefect_secrets_core::abi::Wiping;
use prefect_secrets_core::{Error, Kind};
use prefect_secrets_wire::serve::{End, serve};

use arguments::{Arguments, What};
use loaded::Loaded;
use refused::Refused;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// How this program ends when it cannot do its work; the reason is on standard error.
const FAILED: u8 = 1;
/// How it ends when a person started it.
const NOT_FOR_PEOPLE: u8 = 2;

fn main() -> ExitCode {
    let Some(arguments) = Arguments::read(std::env::args_os().skip(1)) else {
        return fail(NOT_FOR_PEOPLE, "libprefect_secrets starts this program, for its plugins");
    };
    let (socket, library) = match cage::enter() {
        Ok(descriptors) => descriptors,
        Err(why) => return uncaged(&why),
    };
    if let Some(allowed) = &arguments.sandbox {
        match sandbox::enter(allowed, &arguments.what) {
            Ok(None) => {}
            Ok(Some(gaps)) => say(&gaps),
            Err(why) => return refuse(socket, why),
        }
    }
    let in_sandbox = arguments.sandbox.is_some();
    match arguments.what {
        What::Library(path) => match serve(socket, &mut Loaded::new(library, path)) {
            End::Closed | End::Gone => ExitCode::SUCCESS,
            End::Broken(why) => fail(FAILED, &format!("the host broke the wire: {}", why.0)),
        },
        What::Program(path, arguments) => {
            drop(library);
            let mut command = Command::new(&path);
            command.args(arguments).env(cage::WIRE_FD, cage::inherited(&socket));
            let error = command.exec();
            refuse(socket, unstarted(&path, &error, in_sandbox))
        }
    }
}

/// Cut off in part only: as long as the socket is where the host put it, the host hears why.
fn uncaged(why: &str) -> ExitCode {
    let what = format!("a process of its own cannot be cut off from this one here: {why}");
    let next = "raise the limit of open files, make /dev/null and /proc available to this process, \
                or, if the plugin is trusted, write isolation = \"in-process\"";
    match rustix::io::dup(rustix::stdio::stdin()) {
        Ok(socket) => refuse(socket, Error::new(Kind::Unsupported, what, next)),
        Err(_) => fail(FAILED, &what),
    }
}

fn unstarted(path: &Path, error: &std::io::Error, in_sandbox: bool) -> Error {
    let next = match error.kind() {
        ErrorKind::PermissionDenied if in_sandbox => {
            "install it and the interpreter that its first line names below /usr or /opt: in a \
             sandbox nothing else is started"
        }
        ErrorKind::NotFound => "install it, or the interpreter that its first line names",
        _ => "install it for this machine, and let the user of this process execute it",
    };
    Error::invalid(format!("{} cannot be started: {error}", path.display()), next)
}

/// Answers the host's `hello` with the reason why the plugin does not run.
fn refuse(socket: OwnedFd, why: Error) -> ExitCode {
    let said = why.to_string();
    serve(socket, &mut Refused(why));
    fail(FAILED, &said)
}

fn fail(code: u8, why: &str) -> ExitCode {
    say(why);
    ExitCode::from(code)
}

/// A line for the host's log.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "prefect-secrets-plugin-host: {line}");
}
