//! Ctrl-C: what was measured so far is worth printing.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use prefect_secrets_core::{Cancellation, Deadline, Error, Kind};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// Signals that end the measuring. A second one ends the program at once.
pub(crate) struct Interrupt {
    came: Arc<AtomicBool>,
    which: Arc<AtomicUsize>,
    cancellation: Cancellation,
}

impl Interrupt {
    pub(crate) fn watch() -> Result<Self, Error> {
        Self::watched().map_err(|error| {
            let what = format!("signals cannot be watched: {error}");
            Error::new(Kind::Unavailable, what, "raise the limits of this user, or try later")
        })
    }

    fn watched() -> std::io::Result<Self> {
        let (came, which) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let cancellation = Cancellation::new();
        let (mut told, telling) = UnixStream::pair()?;
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&came))?;
            flag::register_usize(signal, Arc::clone(&which), signal as usize)?;
            flag::register(signal, Arc::clone(&came))?;
            low_level::pipe::register(signal, telling.try_clone()?)?;
        }
        // A call that waits for a network is ended by somebody else than its caller.
        let wish = cancellation.clone();
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            if told.read_exact(&mut [0]).is_ok() {
                wish.cancel();
            }
        })?;
        Ok(Self { came, which, cancellation })
    }

    pub(crate) fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }

    /// The same time, or until a signal comes.
    pub(crate) fn or(&self, deadline: Deadline) -> Deadline {
        deadline.or(&self.cancellation)
    }

    /// Ends the program as the signal that came would have done.
    pub(crate) fn pass_on(&self) {
        if self.came() {
            let signal = self.which.load(Ordering::Relaxed) as i32;
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}
