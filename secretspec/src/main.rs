//! SecretSpec's provider plugins as ours.
//!
//! It is a plugin of libprefect_secrets in a program of its own (`isolation = "exec"`), and starts
//! the plugin of SecretSpec whose path is its only argument:
//! ```text
//! host ── docs/wire.md, a socket ── this program ── SecretSpec's protocol, two pipes ── their plugin
//! ```
//! How to set it up, and what differs from a plugin of ours, is in `docs/secretspec.md`.
//! Their protocol is spoken by their own crate, `secretspec-ipc`.

mod adapter;
mod failure;
mod heard;
mod life;
mod lives;
mod process;
mod provider;
mod session;
mod settings;
mod trust;

use std::process::ExitCode;

use prefect_secrets_core::abi::{Wiping, silence_panics};
use prefect_secrets_wire::serve::{End, serve};

use adapter::Adapter;

/// Their crate copies values into common memory, see `docs/secretspec.md`: so all memory is
/// wiped when it is given back.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// How this program ends when the host breaks the wire.
const FAILED: u8 = 1;
/// How it ends when a person started it.
const NOT_FOR_PEOPLE: u8 = 2;

fn main() -> ExitCode {
    silence_panics();
    let Some(socket) = process::socket() else {
        return fail(
            NOT_FOR_PEOPLE,
            "libprefect_secrets starts this program, see its documentation",
        );
    };
    match serve(socket, &mut Adapter::new(std::env::args_os().skip(1))) {
        End::Closed | End::Gone => ExitCode::SUCCESS,
        End::Broken(why) => fail(FAILED, &format!("the host broke the wire: {}", why.0)),
    }
}

fn fail(code: u8, why: &str) -> ExitCode {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "prefect-secrets-secretspec: {why}");
    ExitCode::from(code)
}
