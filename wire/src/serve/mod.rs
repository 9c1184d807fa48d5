//! The plugin's side of the talk: a provider that answers over a socket.
//!
//! [`plugin`] is the `main` of a plugin in Rust that runs as a program of its own;
//! [`serve`] is for whoever has to load something first.

mod calls;
mod inherited;
mod sender;
mod talk;
mod threads;
mod watch;

use std::os::fd::OwnedFd;
use std::process::ExitCode;

use prefect_secrets_core::abi::{Plugin, Settings};
use prefect_secrets_core::{Capabilities, Error, Provider};

use crate::frame::Broken;

pub use sender::Sender;
pub use talk::Introduction;

/// How a talk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The host said `close`.
    Closed,
    /// The host is gone, or the talk ended with a refusal.
    Gone,
    /// The host sent what is no frame, or one that does not belong there.
    Broken(Broken),
}

/// What makes a provider, in the order of the talk.
pub trait Served {
    /// The provider that will answer.
    type Provider: Provider + 'static;

    /// Finds out what the provider is. What happens on the way can be told with [`Sender::step`].
    fn introduce(&mut self, host: &Sender) -> Result<Introduction, Error>;

    /// Makes the provider, called `name` from now on.
    fn create(&mut self, name: &str, settings: Settings) -> Result<Self::Provider, Error>;
}

/// Serves one host, until the talk ends. Where the host goes away the whole process ends, with those
/// that it started if it leads their group.
pub fn serve(socket: OwnedFd, served: &mut impl Served) -> End {
    let sender = Sender::new(socket);
    watch::watch(&sender);
    let end = match talk::until_created(&sender, served) {
        Ok((provider, reader)) => threads::work(&sender, reader, provider),
        Err(end) => end,
    };
    if end == End::Gone {
        watch::end_with_the_host(&sender);
    }
    end
}

/// The variable that holds the number of the socket's descriptor.
pub const WIRE_FD: &str = "PREFECT_SECRETS_WIRE_FD";

/// The `main` of a plugin in Rust that is a program of its own (`isolation = "exec"`): serves the host
/// that started it. Called once, first thing.
pub fn plugin<P: Plugin>() -> ExitCode {
    let Some(socket) = inherited::socket() else {
        return fail(2, "this is a plugin of libprefect_secrets, which starts it itself");
    };
    match serve(socket, &mut Native::<P>::new()) {
        End::Closed | End::Gone => ExitCode::SUCCESS,
        End::Broken(why) => fail(1, why.0),
    }
}

fn fail(code: u8, why: &str) -> ExitCode {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{why}");
    ExitCode::from(code)
}

/// A Rust [`Plugin`] as it is.
pub struct Native<P>(std::marker::PhantomData<P>);

impl<P: Plugin> Native<P> {
    /// The plugin of this type.
    pub fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<P: Plugin> Default for Native<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Plugin> Served for Native<P> {
    type Provider = P;

    fn introduce(&mut self, _: &Sender) -> Result<Introduction, Error> {
        let capabilities = P::CAPABILITIES.and(Capabilities::THREAD_SAFE);
        Ok(Introduction { id: P::ID.into(), capabilities })
    }

    fn create(&mut self, name: &str, settings: Settings) -> Result<P, Error> {
        P::create(name, &settings)
    }
}

#[cfg(test)]
mod fuzz;
