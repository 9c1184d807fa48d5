//! What the plugin says.

use std::convert::Infallible;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use prefect_secrets_core::Error;
use prefect_secrets_core::abi::{Status, one_line};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::kind::Kind;
use crate::outgoing::{Outgoing, Stopped};
use crate::tag::Tag;

/// The plugin's end of the socket. Frames of many threads do not mix.
#[derive(Clone)]
pub struct Sender(Arc<Shared>);

struct Shared {
    socket: OwnedFd,
    sending: Mutex<()>,
}

impl Sender {
    pub(super) fn new(socket: OwnedFd) -> Self {
        Self(Arc::new(Shared { socket, sending: Mutex::new(()) }))
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.0.socket.as_fd()
    }

    /// Sends a frame. Where the host is gone nobody is there to be told.
    pub fn send(&self, frame: Outgoing, payload: [&[u8]; 2]) {
        let _sending = self.0.sending.lock().unwrap_or_else(PoisonError::into_inner);
        let sent: Result<(), Stopped<Infallible>> = frame.send(self.socket(), payload, || {
            let mut room = [PollFd::new(&self.0.socket, PollFlags::OUT)];
            while poll(&mut room, None) == Err(Errno::INTR) {}
            Ok(())
        });
        debug_assert!(matches!(sent, Ok(()) | Err(Stopped::Gone)));
    }

    /// Tells a step of loading, and why it was refused if it was.
    pub fn step(&self, step: &str, subject: &str, refusal: Option<&Error>) {
        let frame = Outgoing::new(Kind::Step, 0).text(Tag::Step, step).text(Tag::Subject, subject);
        self.send(with_outcome(frame, refusal.map_or(Ok(Status::Ok), Err)), [&[], &[]]);
    }

    /// A line for the host's log: level 1 error, 2 warning, 3 information, 4 detail.
    pub fn log(&self, level: u32, message: &str) {
        let frame = Outgoing::new(Kind::Log, 0).u32(Tag::Level, level);
        self.send(frame.text(Tag::Message, &one_line(message.as_bytes())), [&[], &[]]);
    }

    /// The end of a call, or of one name of a `get_many`.
    pub(super) fn done(&self, call: u32, index: Option<u32>, outcome: Result<Status, &Error>) {
        let mut frame = Outgoing::new(Kind::Done, call);
        if let Some(index) = index {
            frame = frame.u32(Tag::Index, index);
        }
        self.send(with_outcome(frame, outcome), [&[], &[]]);
    }
}

fn with_outcome(frame: Outgoing, outcome: Result<Status, &Error>) -> Outgoing {
    let (status, error) = match outcome {
        Ok(status) => (status, None),
        Err(error) => (Status::from(error.kind()), Some(error)),
    };
    let frame = frame.u32(Tag::Status, status as i32 as u32);
    match error {
        None => frame,
        Some(error) => frame
            .text(Tag::What, &one_line(error.what().as_bytes()))
            .text(Tag::NextStep, &one_line(error.next_step().as_bytes())),
    }
}
