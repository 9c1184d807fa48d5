//! The program that a plugin runs in, when it has a process of its own.
//!
//! It is started by libprefect_secrets, with a socket as its standard input:
//! ```text
//! prefect-secrets-plugin-host [--sandbox [--read PATH]...] library PATH
//! prefect-secrets-plugin-host [--sandbox [--read PATH]...] program PATH [ARGUMENT]...
//! ```
//! It first cuts itself off from the host's surroundings. A library, which was checked and opened
//! by the host, is its standard output; it is loaded here and answers over the socket, see
//! `docs/wire.md`. A program takes this one's place.

mod arguments;
mod cage;
mod loaded;
mod log;
mod sandbox;

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use prefect_secrets_core::abi::Wiping;
use prefect_secrets_wire::serve::{End, serve};

use arguments::{Arguments, What};
use loaded::Loaded;

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
        Err(why) => return fail(FAILED, &why),
    };
    if let Some(allowed) = &arguments.sandbox
        && let Err(why) = sandbox::enter(allowed, &arguments.what)
    {
        return fail(FAILED, &why);
    }
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
            fail(FAILED, &format!("{} cannot be started: {error}", path.display()))
        }
    }
}

fn fail(code: u8, why: &str) -> ExitCode {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "prefect-secrets-plugin-host: {why}");
    ExitCode::from(code)
}
