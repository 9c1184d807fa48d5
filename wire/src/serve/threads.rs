//! Who reads and who answers: each thread does both.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use prefect_secrets_core::Provider;
use prefect_secrets_core::abi::Status;

use super::End;
use super::calls::{Call, make};
use super::sender::Sender;
use super::talk::{next, unknown};
use crate::frame::{Broken, Frame};
use crate::kind::Kind;
use crate::reader::Reader;

/// The most calls that run at the same time. Others wait in the socket.
const MOST_THREADS: usize = 32;
/// How long `close` waits for calls that are still running.
const PATIENCE: Duration = Duration::from_millis(500);

struct Shared<P> {
    sender: Sender,
    reading: Mutex<Reading>,
    /// Threads that read, or wait until they may.
    idle: AtomicUsize,
    threads: AtomicUsize,
    running: Mutex<usize>,
    ran: Condvar,
    provider: P,
}

struct Reading {
    reader: Reader,
    /// How the talk ended, and which call of the host's ended it.
    end: Option<(End, u32)>,
}

/// Answers calls until the talk ends.
pub(super) fn work<P: Provider + 'static>(sender: &Sender, reader: Reader, provider: P) -> End {
    let shared = Arc::new(Shared {
        sender: sender.clone(),
        reading: Mutex::new(Reading { reader, end: None }),
        idle: AtomicUsize::new(0),
        threads: AtomicUsize::new(1),
        running: Mutex::new(0),
        ran: Condvar::new(),
        provider,
    });
    let (end, call) = shared.take_part();
    if end != End::Closed {
        // Nobody reads an answer any more, and a call may be running for ever.
        mem::forget(shared);
        return end;
    }
    if shared.all_have_returned() {
        match Arc::try_unwrap(shared) {
            Ok(shared) => drop(shared.provider),
            // A thread that has no call any more still holds it, for a moment.
            Err(shared) => shared.wait_for_the_last(),
        }
        sender.done(call, None, Ok(Status::Ok));
    } else {
        mem::forget(shared);
    }
    end
}

impl<P: Provider + 'static> Shared<P> {
    /// Reads and answers until the talk ends.
    fn take_part(self: &Arc<Self>) -> (End, u32) {
        loop {
            self.idle.fetch_add(1, Ordering::Relaxed);
            let mut reading = lock(&self.reading);
            if let Some(end) = reading.end {
                return end;
            }
            let call = self.next_call(&mut reading);
            let idle = self.idle.fetch_sub(1, Ordering::Relaxed) - 1;
            match call {
                Ok(call) => {
                    // Counted before anybody else can read a `close`.
                    *lock(&self.running) += 1;
                    drop(reading);
                    if idle == 0 {
                        self.one_more();
                    }
                    make(&self.provider, &self.sender, &call);
                    *lock(&self.running) -= 1;
                    self.ran.notify_all();
                }
                Err(end) => {
                    reading.end = Some(end);
                    return end;
                }
            }
        }
    }

    fn next_call(&self, reading: &mut Reading) -> Result<Call, (End, u32)> {
        loop {
            let broken = |why| (End::Broken(why), 0);
            let frame: Frame =
                next(self.sender.socket(), &mut reading.reader).map_err(|end| (end, 0))?;
            match Kind::from_raw(frame.kind) {
                None => unknown(&self.sender, &frame),
                Some(Kind::Close) => return Err((End::Closed, frame.call)),
                Some(_) if frame.call == 0 => {
                    return Err(broken(Broken("a call has no number")));
                }
                Some(kind) => return Call::read(kind, frame).map_err(broken),
            }
        }
    }

    /// Starts a thread that reads while this one answers; if it cannot be, calls wait.
    fn one_more(self: &Arc<Self>) {
        let limit = |threads: usize| (threads < MOST_THREADS).then_some(threads + 1);
        if self.threads.fetch_update(Ordering::Relaxed, Ordering::Relaxed, limit).is_err() {
            return;
        }
        let shared = Arc::clone(self);
        let started = thread::Builder::new().name("prefect-secrets".into()).spawn(move || {
            shared.take_part();
        });
        if started.is_err() {
            self.threads.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn all_have_returned(&self) -> bool {
        let running = lock(&self.running);
        let wait = self.ran.wait_timeout_while(running, PATIENCE, |running| *running > 0);
        *wait.unwrap_or_else(PoisonError::into_inner).0 == 0
    }

    fn wait_for_the_last(self: Arc<Self>) {
        let start = Instant::now();
        let mut shared = self;
        while start.elapsed() < PATIENCE {
            match Arc::try_unwrap(shared) {
                Ok(shared) => return drop(shared.provider),
                Err(still) => shared = still,
            }
            thread::yield_now();
        }
        mem::forget(shared);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
