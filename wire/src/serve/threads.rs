//! Who reads and who answers: each thread does both.

use std::mem::{self, MaybeUninit};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use prefect_secrets_core::Provider;
use prefect_secrets_core::abi::Status;
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvFlags, recvmsg};

use super::End;
use super::calls::{Call, make};
use super::sender::Sender;
use super::talk::unknown;
use crate::frame::Broken;
use crate::kind::Kind;
use crate::reader::Reader;

/// The most calls that run at the same time. Others wait in the socket.
const MOST_THREADS: usize = 32;
/// How long `close` waits for calls that are still running.
const PATIENCE: Duration = Duration::from_millis(500);

struct Shared<P> {
    sender: Sender,
    /// What idle threads wait at. One of them wakes for what arrives at the socket, and one when
    /// `more` is counted up: because a frame was read with another one, or because the talk is over.
    waiting: OwnedFd,
    more: OwnedFd,
    reading: Mutex<Reading>,
    idle: AtomicUsize,
    threads: AtomicUsize,
    running: Mutex<Running>,
    ran: Condvar,
    provider: P,
}

/// Calls that are running, and whether somebody waits for the last of them.
#[derive(Default)]
struct Running {
    calls: usize,
    awaited: bool,
}

struct Reading {
    reader: Reader,
    /// Whether the socket had nothing more when it was read last: the next byte wakes a thread.
    emptied: bool,
    /// Whether the other side has closed its end: there is no next byte that wakes anybody.
    closed: bool,
    /// How the talk ended, and which call of the host's ended it.
    end: Option<(End, u32)>,
}

/// Answers calls until the talk ends.
pub(super) fn work<P: Provider + 'static>(sender: &Sender, reader: Reader, provider: P) -> End {
    let Ok((waiting, more)) = places_to_wait(sender) else { return End::Gone };
    let shared = Arc::new(Shared {
        sender: sender.clone(),
        waiting,
        more,
        reading: Mutex::new(Reading { reader, emptied: false, closed: false, end: None }),
        idle: AtomicUsize::new(0),
        threads: AtomicUsize::new(1),
        running: Mutex::default(),
        ran: Condvar::new(),
        provider,
    });
    // What came together with `create`.
    shared.wake_another();
    let (end, call) = shared.take_part();
    // Where nobody reads answers any more, a call may be running for ever, and nobody waits for it.
    let patience = if end == End::Closed { PATIENCE } else { Duration::ZERO };
    if !shared.all_have_returned(patience) {
        mem::forget(shared);
        return end;
    }
    match Arc::try_unwrap(shared) {
        Ok(shared) => drop(shared.provider),
        // A thread that has no call any more still holds it, for a moment.
        Err(shared) => shared.wait_for_the_last(),
    }
    if end == End::Closed {
        sender.done(call, None, Ok(Status::Ok));
    }
    end
}

/// What idle threads wait at, and what wakes one of them beside the socket.
fn places_to_wait(sender: &Sender) -> Result<(OwnedFd, OwnedFd), Errno> {
    let more = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
    let waiting = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    // At an edge one thread is woken, and no other.
    let edge = epoll::EventFlags::IN | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
    epoll::add(&waiting, sender.socket(), epoll::EventData::new_u64(0), edge)?;
    epoll::add(&waiting, &more, epoll::EventData::new_u64(1), edge)?;
    Ok((waiting, more))
}

impl<P: Provider + 'static> Shared<P> {
    /// Reads and answers until the talk ends.
    fn take_part(self: &Arc<Self>) -> (End, u32) {
        loop {
            self.idle.fetch_add(1, Ordering::Relaxed);
            let closed = self.wait();
            let idle = self.idle.fetch_sub(1, Ordering::Relaxed) - 1;
            let mut reading = lock(&self.reading);
            reading.closed |= closed;
            if reading.end.is_none() {
                match reading.next_call(&self.sender) {
                    Ok(None) => continue,
                    Ok(Some(call)) => {
                        // Counted before anybody else can read a `close`.
                        lock(&self.running).calls += 1;
                        let more = reading.may_have_more();
                        drop(reading);
                        if idle == 0 {
                            self.one_more();
                        }
                        if more {
                            self.wake_another();
                        }
                        make(&self.provider, &self.sender, &call);
                        let mut running = lock(&self.running);
                        running.calls -= 1;
                        // Telling nobody is a system call all the same.
                        if running.awaited {
                            self.ran.notify_all();
                        }
                        continue;
                    }
                    Err(end) => reading.end = Some(end),
                }
            }
            if let Some(end) = reading.end {
                // Each thread that ends wakes the next.
                self.wake_another();
                return end;
            }
        }
    }

    /// Waits for something to do. `true`: the other side will send nothing more.
    fn wait(&self) -> bool {
        let mut event = [MaybeUninit::uninit()];
        loop {
            match epoll::wait(&self.waiting, &mut event, None) {
                Err(Errno::INTR) => {}
                Err(_) => return true,
                Ok((events, _)) => {
                    let ends = epoll::EventFlags::RDHUP | epoll::EventFlags::HUP;
                    return events.iter().any(|event| { event.flags }.intersects(ends));
                }
            }
        }
    }

    fn wake_another(&self) {
        // Where it cannot be counted up any more, somebody is being woken already.
        let _ = rustix::io::write(&self.more, &1u64.to_ne_bytes());
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

    fn all_have_returned(&self, patience: Duration) -> bool {
        let mut running = lock(&self.running);
        running.awaited = true;
        let wait = self.ran.wait_timeout_while(running, patience, |running| running.calls > 0);
        wait.unwrap_or_else(PoisonError::into_inner).0.calls == 0
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

impl Reading {
    /// The next call, if one has arrived.
    fn next_call(&mut self, sender: &Sender) -> Result<Option<Call>, (End, u32)> {
        let broken = |why| (End::Broken(why), 0);
        // Something may have arrived since, and this thread may be the one that was woken for it.
        self.emptied = false;
        loop {
            while let Some(frame) = self.reader.next().map_err(broken)? {
                match Kind::from_raw(frame.kind) {
                    None => unknown(sender, &frame),
                    Some(Kind::Close) => return Err((End::Closed, frame.call)),
                    Some(_) if frame.call == 0 => {
                        return Err(broken(Broken("a call has no number")));
                    }
                    Some(kind) => return Call::read(kind, frame).map(Some).map_err(broken),
                }
            }
            let mut room = self.reader.room();
            let size = room[0].len() + room[1].len();
            let mut none = RecvAncillaryBuffer::default();
            let received = recvmsg(sender.socket(), &mut room, &mut none, RecvFlags::DONTWAIT);
            match received.map(|received| received.bytes) {
                Ok(0) => return Err((End::Gone, 0)),
                Ok(len) => {
                    self.emptied = len < size;
                    self.reader.filled(len);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    self.emptied = true;
                    return Ok(None);
                }
                Err(_) => return Err((End::Gone, 0)),
            }
        }
    }

    /// Whether something may be there already that nobody will be woken for.
    fn may_have_more(&self) -> bool {
        !self.emptied || self.closed || self.reader.holds_more()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
