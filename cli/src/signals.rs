//! Signals that end a program, held back where they would leave something half done.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use crate::inherited;

/// What is known of them: which one came, and whether they end the program at once.
struct Watch {
    came: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

/// One for the whole program, since what watches a signal does so until the end.
static WATCH: Mutex<Option<Watch>> = Mutex::new(None);

/// As long as this is there, a signal that would end the program does not. One that came ends it when
/// this is dropped, as it would have done.
pub(crate) struct Held {
    came: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl Held {
    pub(crate) fn begin() -> std::io::Result<Self> {
        let mut watch = WATCH.lock().unwrap_or_else(PoisonError::into_inner);
        let Watch { came, is_over } = match watch.take() {
            Some(watch) => watch,
            None => Watch::begin()?,
        };
        is_over.store(false, Ordering::SeqCst);
        let held = Self { came: Arc::clone(&came), is_over: Arc::clone(&is_over) };
        *watch = Some(Watch { came, is_over });
        Ok(held)
    }

    /// Whether a signal came: what is begun is better given up.
    pub(crate) fn came(&self) -> bool {
        self.came.load(Ordering::SeqCst) != 0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        if self.came() {
            let signal = self.came.load(Ordering::SeqCst) as i32;
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }
}

impl Watch {
    fn begin() -> std::io::Result<Self> {
        let (came, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
        let signals = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter();
        // One that who started us has ignored, as nohup does, ends nothing.
        for signal in signals.filter(|signal| !inherited::is_ignored(*signal)) {
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&is_over))?;
            signal_hook::flag::register_usize(signal, Arc::clone(&came), signal as usize)?;
        }
        Ok(Self { came, is_over })
    }
}
