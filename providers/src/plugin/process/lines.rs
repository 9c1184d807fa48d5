//! What the process writes to its standard error, a line each for the log.

use std::sync::{Mutex, PoisonError, TryLockError};

use prefect_secrets_core::abi::one_line;
use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, read};
use zeroize::Zeroize;

use super::inherited::Listed;

/// The longest line; what is longer is told in pieces.
const LONGEST: usize = 1024;

/// The reading end.
pub(super) struct Lines {
    provider: Box<str>,
    pipe: Listed,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    begun: Vec<u8>,
    ended: bool,
}

impl Lines {
    /// `pipe` does not block.
    pub(super) fn new(pipe: Listed, provider: &str) -> Self {
        Self { provider: provider.into(), pipe, state: Mutex::default() }
    }

    /// What to wait for, unless nothing can come any more.
    pub(super) fn to_poll(&self) -> Option<PollFd<'_>> {
        let ended = self.state.lock().unwrap_or_else(PoisonError::into_inner).ended;
        (!ended).then(|| PollFd::new(&self.pipe, PollFlags::IN))
    }

    /// Reads what is there, and logs whole lines. Once nothing more can come, what is left is one.
    pub(super) fn drain(&self) {
        let mut state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(state)) => state.into_inner(),
            Err(TryLockError::WouldBlock) => return, // another thread reads
        };
        let mut chunk = [0; 4096];
        // So much, and no more at once: who writes without end must not keep a caller here.
        for _ in 0..16 {
            match read(&self.pipe, &mut chunk) {
                Ok(0) => state.ended = true,
                Ok(len) => self.take(&mut state.begun, &chunk[..len]),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => break,
                Err(_) => state.ended = true,
            }
            if state.ended {
                self.line(&mut state.begun);
                break;
            }
        }
        chunk.zeroize();
    }

    fn take(&self, begun: &mut Vec<u8>, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' || begun.len() == LONGEST {
                self.line(begun);
            }
            if byte != b'\n' {
                begun.push(byte);
            }
        }
    }

    fn line(&self, begun: &mut Vec<u8>) {
        if !begun.is_empty() {
            tracing::debug!(provider = &*self.provider, "says: {}", one_line(begun));
        }
        begun.as_mut_slice().zeroize();
        begun.clear();
    }
}
